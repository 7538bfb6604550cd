using BitAnneal.Training.Native;
using TorchSharp;

namespace BitAnneal.Training.Tests;

public class NativeTests
{
    [Fact]
    public void TorchLoadsAndAdds()
    {
        TorchRuntime.Load();
        using var scope = torch.NewDisposeScope();
        Assert.Equal(5, torch.tensor(2f).add(torch.tensor(3f)).item<float>());
    }

    [Fact]
    public void PatchChangesOneFlagAndNothingElse()
    {
        string library = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
        if (!File.Exists(library))
        {
            return; // Another operating system.
        }

        byte[] original = File.ReadAllBytes(library), patched = [.. original];
        Assert.Equal(1, ElfVersionNeed.Weaken(patched, "libstdc++.so.6", "GLIBCXX_3.4.32"));
        Assert.Equal(1, original.Zip(patched).Count(p => p.First != p.Second));
        Assert.Equal(0, ElfVersionNeed.Weaken(patched, "libstdc++.so.6", "GLIBCXX_9.9.99"));
        Assert.Equal(0, ElfVersionNeed.Weaken(patched[..1000], "libstdc++.so.6", "GLIBCXX_3.4.32"));
        Assert.Equal(0, ElfVersionNeed.Weaken([], "libstdc++.so.6", "GLIBCXX_3.4.32"));
    }
}
