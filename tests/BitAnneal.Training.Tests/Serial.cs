// Tests count live tensors and use all threads: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

internal static class SingleThread
{
    /// <summary>Two libtorch threads that wait for each other by spinning starve on a busy machine; the tests share it with other tests.</summary>
    [System.Runtime.CompilerServices.ModuleInitializer]
    internal static void Set()
    {
        BitAnneal.Training.Native.TorchRuntime.Load();
        TorchSharp.torch.set_num_threads(1);
    }
}
