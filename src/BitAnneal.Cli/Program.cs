using BitAnneal.Cli.Console;

return await CommandRunner.RunAsync(args).ConfigureAwait(false);
