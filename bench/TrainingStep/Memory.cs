using System.Diagnostics;
using System.Globalization;
using BitAnneal.Training.Native;
using TorchSharp;

namespace BitAnneal.Bench;

/// <summary>Peak memory of an arm, each in a process of its own.</summary>
internal static class Memory
{
    /// <summary>MiB, from a fresh process that makes a few steps; NaN where it does not live to the end.</summary>
    public static double InProcess(string model, string arm, int batch)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(Memory).Assembly.Location);
        }

        foreach (string argument in (string[])["--memory", model, arm, batch.ToString(CultureInfo.InvariantCulture)])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return double.TryParse(text, CultureInfo.InvariantCulture, out double value) ? value : double.NaN;
    }

    /// <summary>MiB of this process after three steps.</summary>
    public static string OfArm(string model, string name, int batch)
    {
        TorchRuntime.Load();
        torch.set_num_threads(1);
        using var arm = new Arm(model, name, batch);
        for (int i = 0; i < 3; i++)
        {
            arm.Step();
        }

        using var self = Process.GetCurrentProcess();
        return (self.PeakWorkingSet64 / (1024.0 * 1024)).ToString(CultureInfo.InvariantCulture);
    }
}
