using System.Globalization;
using BitAnneal.Bench;
using BitAnneal.Runtime.Emitted;

// dotnet run -c Release --project bench/Kernels -- [rounds]
// dotnet run -c Release --project bench/Kernels -- groups
if (args is ["groups"])
{
    GroupTable.Print(runs: 500);
    return;
}

int rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 7;
if (EmittedKernels.Instance.Reason is { } reason)
{
    Console.WriteLine($"no emitted kernels: {reason}");
}

foreach (var layer in Layer.All)
{
    ConvolutionTable.Print(layer, rounds);
}

foreach (int side in new[] { 1024, 4096 })
{
    MatrixVectorTable.Print(side, side, rounds);
}
