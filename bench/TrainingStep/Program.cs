using System.Globalization;
using BitAnneal.Bench;
using BitAnneal.Reports;
using BitAnneal.Training.Native;
using TorchSharp;

// dotnet run -c Release --project bench/TrainingStep -- [models] [rounds] [threads] [batch]
string[] models = args.Length > 0 ? args[0].Split(',') : ["resnet20", "resnet18", "mobilenetv2"];
int rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 7;
int threads = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 1;
int batch = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 128;

TorchRuntime.Load();
torch.set_num_threads(threads);
var table = new Table("model", "arm", "CPU ms per step", "to float", "peak MiB", "to float ");
foreach (string model in models)
{
    Arm[] arms = [.. Arm.Names.Select(name => new Arm(model, name, batch))];
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
    foreach (var arm in arms)
    {
        double ms = Median(times[arm.Name]), ratio = Median([.. times[arm.Name].Zip(times[arms[0].Name], (t, f) => t / f)]);
        table.Row(model, arm.Name, Number(ms, "F1"), Number(ratio, "F3"), "-", "-");
        arm.Dispose();
    }
}

Console.Write(table.ToText());
Console.WriteLine(FormattableString.Invariant($"{threads} thread(s), batch {batch}, medians of {rounds} interleaved rounds; the ratio is the median of the rounds' ratios"));

static double Median(List<double> values)
{
    double[] sorted = [.. values.Order()];
    return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
}

static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
