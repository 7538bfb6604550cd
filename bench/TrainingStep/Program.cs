using System.Globalization;
using BitAnneal.Bench;
using BitAnneal.Reports;
using BitAnneal.Training.Native;
using TorchSharp;

// dotnet run -c Release --project bench/TrainingStep -- [models] [rounds] [threads] [batch] [arms, separated by semicolons; float is always one]
if (args is ["--memory", var only, var name, var size])
{
    Console.WriteLine(Memory.OfArm(only, name, int.Parse(size, CultureInfo.InvariantCulture)));
    return;
}

string[] models = args.Length > 0 ? args[0].Split(',') : ["resnet20", "resnet18", "mobilenetv2"];
int rounds = Number(1, 7), threads = Number(2, 1), batch = Number(3, 128);
string[] names = [.. Arm.Names.Where(n => args.Length < 5 || n == Arm.Names[0] || args[4].Split(';').Contains(n))];
TorchRuntime.Load();
torch.set_num_threads(threads);
double peak = Gemm.Rate();
var table = new Table("model", "arm", "ms per step", "to float", "peak MiB", "memory to float");
foreach (string model in models)
{
    Arm[] arms = [.. names.Select(name => new Arm(model, name, batch))];
    var times = arms.ToDictionary(a => a.Name, _ => new List<double>());
    for (int round = -1; round < rounds; round++)
    {
        foreach (var arm in arms)
        {
            double ms = arm.Step();
            if (round >= 0)
            {
                times[arm.Name].Add(ms); // The first round warms up.
            }
        }
    }

    double reference = Median(times[arms[0].Name]);
    Console.WriteLine(FormattableString.Invariant($"{model}: the float step runs at {arms[0].Operations / reference / 1e6:F0} GFLOP/s, {arms[0].Operations / reference / 1e6 / peak * 100:F0} % of the matrix product's {peak:F0}"));
    Array.ForEach(arms, a => a.Dispose());
    double floatMemory = Memory.InProcess(model, Arm.Names[0], batch);
    foreach (string armName in names)
    {
        double ratio = Median([.. times[armName].Zip(times[Arm.Names[0]], (t, f) => t / f)]), memory = Memory.InProcess(model, armName, batch);
        table.Row(model, armName, Text(Median(times[armName]), "F1"), Text(ratio, "F3"), Text(memory, "F0"), Text(memory / floatMemory, "F2"));
    }
}

Console.Write(table.ToText());
Console.WriteLine(FormattableString.Invariant($"{threads} thread(s), batch {batch}, medians of {rounds} interleaved rounds; \"to float\" is the median of the rounds' ratios"));

int Number(int index, int otherwise) => args.Length > index ? int.Parse(args[index], CultureInfo.InvariantCulture) : otherwise;

static double Median(List<double> values)
{
    double[] sorted = [.. values.Order()];
    return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
}

static string Text(double value, string format) => double.IsNaN(value) ? "-" : value.ToString(format, CultureInfo.InvariantCulture);
