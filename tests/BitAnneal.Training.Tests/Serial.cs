// Tests count live tensors and use all threads: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
