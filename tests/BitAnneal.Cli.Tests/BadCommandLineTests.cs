namespace BitAnneal.Cli.Tests;

public sealed class BadCommandLineTests : IDisposable
{
    private readonly Tool tool = new();

    public void Dispose()
    {
        try
        {
            Assert.Empty(Directory.EnumerateFileSystemEntries(tool.Folder)); // Nothing is left behind.
        }
        finally
        {
            tool.Dispose();
        }
    }

    [Theory]
    [InlineData("trian", "unknown command 'trian'", "did you mean 'train'?", "bitanneal --help")]
    [InlineData("train --lerning-rate 1", "unknown option '--lerning-rate'", "did you mean '--learning-rate'?", "bitanneal train --help")]
    [InlineData("train --bits 2", "unknown option '--bits'", "'--weight-bits' or '--activation-bits'")]
    [InlineData("bench --modle resnet18", "unknown option '--modle'", "did you mean '--model'?", "bitanneal bench --help")]
    [InlineData("train --model resnt20", "'resnt20'", "did you mean 'resnet20'?")]
    [InlineData("train --data sinthetic", "'sinthetic'", "did you mean 'synthetic'?")]
    [InlineData("train --method dqaa", "'dqaa'", "did you mean 'dqa'?")]
    [InlineData("train --schedule cosin", "'cosin'", "did you mean 'cosine'?")]
    [InlineData("eval x.onnx --data mnst", "'mnst'", "did you mean 'mnist'?")]
    [InlineData("inspect x.safetensors --model lenet", "'lenet'", "did you mean 'lenet5'?")]
    public void AMisspeltWordIsNamedAndTheNearestSuggested(string arguments, params string[] parts) => tool.Run(arguments).Fails(2, parts);

    [Theory]
    [InlineData("train --weight-bits 0", "weight", "0", "1..8")]
    [InlineData("train --weight-bits 9", "weight", "9", "1..8")]
    [InlineData("train --activation-bits -1", "activation", "-1", "1..8")]
    [InlineData("train --weight-bits abc", "--weight-bits", "'abc'")]
    [InlineData("train --weights minmax2 minmax9", "'minmax9'", "1..8")]
    [InlineData("train --weights minmax4 minmax2", "minmax4 minmax2", "must rise")]
    [InlineData("train --weights pact2", "'pact2' does not serve weights", "minmax")]
    [InlineData("train --activations pakt2", "'pakt2'", "did you mean 'pact'?")]
    [InlineData("train --edges 8", "'8'", "8bit")]
    [InlineData("train --learning-rate -1", "learning rate -1")]
    [InlineData("train --learning-rate 0", "learning rate 0")]
    [InlineData("train --learning-rate NaN", "--learning-rate", "'NaN'")]
    [InlineData("train --learning-rate 1,5", "--learning-rate", "'1,5'")]
    [InlineData("train --lambda Infinity", "--lambda", "'Infinity'")]
    [InlineData("train --lambda 1e999", "--lambda", "'1e999'")]
    [InlineData("train --lambda -1", "lambda -1")]
    [InlineData("train --omega-growth 0", "omega growth 0")]
    [InlineData("train --weight-decay -1", "weight decay -1")]
    [InlineData("train --batch-norm-batches -1", "batch norm batches -1")]
    [InlineData("train --batch-size 1", "batch size 1", "2")]
    [InlineData("train --checkpoint-minutes -1", "minutes between two checkpoints", "-1")]
    [InlineData("train --epochs 0", "--epochs", "'0'")]
    [InlineData("train --epochs 1.5", "--epochs", "'1.5'")]
    [InlineData("train --epochs 99999999999", "--epochs", "'99999999999'")]
    [InlineData("train --seed -1", "--seed", "'-1'")]
    [InlineData("train --train-images 0", "--train-images", "'0'")]
    [InlineData("train --threads 0", "--threads", "'0'")]
    [InlineData("quickstart --threads 100000", "--threads", "'100000'", "1024")]
    [InlineData("quickstart --epochs x", "--epochs", "'x'")]
    [InlineData("reproduce dqa --table 5 --row 1", "'5'", "1, 2, 3, 4")]
    [InlineData("reproduce dqa --table 2 --row 14", "table 2 has no row '14'", "1 to 13", "all")]
    [InlineData("reproduce dqa --table 2 --row x", "'x'", "1 to 13")]
    [InlineData("reproduce dqa --table 1 --row 5 --seeds 0", "--seeds", "'0'")]
    [InlineData("reproduce dqa --table 1 --row 5 --hold 1", "hold 1")]
    [InlineData("reproduce dqa --table 1 --row 5 --budget gpu", "'gpu'", "did you mean 'cpu'?")]
    [InlineData("train --device tpu", "'tpu'", "did you mean 'cpu'?", "cuda")]
    public void AValueOutOfRangeIsNamed(string arguments, params string[] parts) => tool.Run(arguments).Fails(2, parts);

    [Theory]
    [InlineData("inspect", "file")]
    [InlineData("train", "--model", "--data", "--config", "bitanneal train --model quickstart --data synthetic")]
    [InlineData("eval x.onnx", "--data")]
    [InlineData("reproduce dqa --row 1", "--table", "--list")]
    [InlineData("reproduce dqa --table 1", "--row", "--list")]
    [InlineData("reproduce dqa --table 3 --row 2", "ImageNet", "no cpu budget", "--data-dir")]
    [InlineData("reproduce dqa --table 1 --row 5 --budget paper --epochs 3", "--epochs", "--budget cpu")]
    [InlineData("train --out", "--out")]
    [InlineData("train --epochs 1 --epochs 2", "--epochs")]
    [InlineData("train extra", "'extra'")]
    [InlineData("train --float-layers conv9", "'conv9'", "did you mean 'conv1'?")]
    [InlineData("eval x.safetensors --data synthetic", "x.safetensors", "--model")]
    [InlineData("inspect x.safetensors", "x.safetensors", "--model")]
    public void WhatIsMissingOrTooMuchIsNamed(string arguments, params string[] parts) => tool.Run(arguments).Fails(2, parts);

    [Fact]
    public void AllFaultsAreListedAtOnce() =>
        tool.Run("train --weight-bits 9 --learning-rate -1 --batch-size 1").Fails(2, "weight bit width 9", "learning rate -1", "batch size 1");
}
