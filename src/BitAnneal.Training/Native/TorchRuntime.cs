using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using BitAnneal.Graphs;

namespace BitAnneal.Training.Native;

/// <summary>Makes the native half of TorchSharp loadable before its first use.</summary>
/// <remarks>
/// <c>libLibTorchSharp.so</c> 0.107.0 is built with GCC 13 and asks for <c>GLIBCXX_3.4.32</c>, which the C++ library of Debian 12 or
/// Ubuntu 22.04 does not offer. The only symbol of that version is an anchor that no relocation uses, so a copy of the file in which the
/// requirement is marked weak works on those systems. The copy is made only after the plain load has failed, and removed at once.
/// </remarks>
public static class TorchRuntime
{
    private const string Library = "libLibTorchSharp.so";

    private static readonly Lazy<string?> Attempt = new(TryLoad, LazyThreadSafetyMode.ExecutionAndPublication);

    /// <summary>Loads the native libraries once per process. Later calls cost nothing.</summary>
    /// <exception cref="BitAnnealException">The libraries are missing or cannot be loaded; the message says why.</exception>
    public static void Load()
    {
        if (Attempt.Value is { } fault)
        {
            throw new BitAnnealException(fault);
        }
    }

    /// <summary>Runs when a type of this assembly is first touched, so that no caller can reach TorchSharp before the load.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The load must come before the static constructors of TorchSharp, whoever triggers them.")]
    internal static void LoadEarly() => _ = Attempt.Value;

    private static string? TryLoad()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null; // TorchSharp's own search is right there.
        }

        LimitSpinning();
        KeepFreedMemory();
        string runtime = "linux-" + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        string[] places = [Path.Combine(AppContext.BaseDirectory, "runtimes", runtime, "native"), AppContext.BaseDirectory];
        string? folder = Array.Find(places, p => File.Exists(Path.Combine(p, Library)));
        if (folder is null)
        {
            return null; // Published in another layout: leave it to TorchSharp.
        }

        // Full paths, in the order of their dependencies: the copy below lies elsewhere and could not find them itself.
        foreach (string dependency in (string[])["libc10.so", "libtorch_cpu.so", "libtorch.so"])
        {
            NativeLibrary.TryLoad(Path.Combine(folder, dependency), out _);
        }

        string original = Path.Combine(folder, Library);
        return NativeLibrary.TryLoad(original, out _) ? null : LoadPatchedCopy(original);
    }

    /// <summary>
    /// Threads of libtorch's pool wait for each other in a loop of 300,000 rounds before they sleep. Beside other busy processes that starves
    /// the thread they wait for: a training took seven times as long under load as with this limit. Read once, when the pool is loaded.
    /// </summary>
    private static void LimitSpinning()
    {
        if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
        {
            _ = NativeMethods.SetEnvironment("GOMP_SPINCOUNT", "1000", overwrite: 0);
        }
    }

    /// <summary>
    /// A training step frees and asks for the same hundreds of megabytes again and again. By default glibc gives them back to the system each
    /// time, and every page is zeroed and mapped anew: half of what quantizers cost in a ResNet-20 step was that.
    /// </summary>
    private static void KeepFreedMemory()
    {
        const int TrimThreshold = -1, TopPad = -2, MapThreshold = -3, Largest = 32 << 20; // The constants of malloc.h, and the largest that it takes.
        try
        {
            _ = NativeMethods.SetAllocator(TrimThreshold, int.MaxValue);
            _ = NativeMethods.SetAllocator(TopPad, 2 * Largest);
            _ = NativeMethods.SetAllocator(MapThreshold, Largest);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library: it has its own ways.
        }
    }

    [SupportedOSPlatform("linux")]
    private static string? LoadPatchedCopy(string original)
    {
        byte[] file = File.ReadAllBytes(original);
        int changed = ElfVersionNeed.Weaken(file, "libstdc++.so.6", "GLIBCXX_3.4.32");
        if (changed != 1)
        {
            return $"'{original}' does not load, and not for want of GLIBCXX_3.4.32 ({changed} such requirements); "
                + "install a C++ runtime of GCC 13 or later, or check that the file is whole";
        }

        // A temporary folder may be missing, full, or mounted noexec: then others that usually are not.
        string[] others = ["/var/tmp", Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), AppContext.BaseDirectory];
        var faults = new List<string>();
        foreach (string root in others.Where(Directory.Exists).Prepend(Path.GetTempPath()))
        {
            if (LoadCopy(file, root) is not { } fault)
            {
                return null;
            }

            faults.Add(fault);
        }

        return $"{Library} needs a copy that loads, and none does: {string.Join("; ", faults)}; let TMPDIR name a folder that can be written and is not "
            + "mounted noexec, or install a C++ runtime of GCC 13 or later";
    }

    /// <summary>Writes a copy below a folder, loads and removes it.</summary>
    /// <returns>Why it does not load; null when it does.</returns>
    [SupportedOSPlatform("linux")]
    private static string? LoadCopy(byte[] file, string root)
    {
        string folder = Path.Combine(root, $"bitanneal-{Guid.NewGuid():N}");
        try
        {
            if (!Directory.Exists(root))
            {
                throw new DirectoryNotFoundException("there is no such folder");
            }

            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            string copy = Path.Combine(folder, Library);
            File.WriteAllBytes(copy, file);
            NativeLibrary.Load(copy);
            return null;
        }
        catch (DllNotFoundException e)
        {
            bool mapped = !e.Message.Contains("failed to map segment", StringComparison.Ordinal); // What the loader says of a folder mounted noexec.
            return $"'{root}': {(mapped ? e.Message.ReplaceLineEndings(" ") : "mounted noexec")}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            return $"'{root}': {e.Message}"; // The last one is how .NET tells of a file that grows past a limit.
        }
        finally
        {
            TryDelete(folder); // The mapping stays valid without its file.
        }
    }

    private static void TryDelete(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It loaded, or there is a fault to report.
        }
    }
}
