using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using BitAnneal.Graphs;
using BitAnneal.Runtime;
using BitAnneal.Runtime.Emitted;
using BitAnneal.Runtime.Kernels;

namespace BitAnneal.Bench;

/// <summary>All kernels for a matrix times one vector. ONNX Runtime's MatMulNBits also quantizes its input and applies scales.</summary>
internal static unsafe class MatrixVectorTable
{
    private const int Alignment = 64;

    public static void Print(int outputs, int inputs, int rounds)
    {
        var kernels = new List<Candidate>();
        foreach (int bits in new[] { 1, 2, 4 })
        {
            kernels.AddRange(All(bits).Select(k => With(k, outputs, inputs)));
            kernels.Add(Network(bits, outputs, inputs));
        }

        Report.Print(
            $"matrix of {outputs} x {inputs} times one vector",
            [(VnniVectorKernel.IsSupported ? Peak.Dot() : null, [.. kernels])],
            [
                new LibraryCandidate(OnnxRuntimeModels.MatrixVectorNarrow(outputs, inputs, 2, "MatMulNBits 2")),
                new LibraryCandidate(OnnxRuntimeModels.MatrixVectorNarrow(outputs, inputs, 4, "MatMulNBits 4")),
                new LibraryCandidate(OnnxRuntimeModels.MatrixVector8(outputs, inputs, "MatMulInteger")),
            ],
            rounds);
    }

    private static IEnumerable<VectorKernel> All(int bits) =>
    [
        .. VnniVectorKernel.IsSupported ? [new VnniVectorKernel(bits)] : Array.Empty<VectorKernel>(),
        .. Avx512BW.IsSupported ? [new Avx512VectorKernel(bits)] : Array.Empty<VectorKernel>(),
        .. AvxVnni.IsSupported ? [new AvxVnniVectorKernel(bits)] : Array.Empty<VectorKernel>(),
        .. Avx2.IsSupported ? [new Vector256VectorKernel(bits)] : Array.Empty<VectorKernel>(),
    ];

    private static Candidate With(VectorKernel kernel, int outputs, int inputs)
    {
        int blocks = kernel.Blocks(inputs), panels = outputs / VectorKernel.Channels, panelBytes = blocks * VectorKernel.BlockBytes;
        byte* weights = Memory(panels * panelBytes), input = Memory(blocks * kernel.BlockCodes);
        int* sums = (int*)Memory(outputs * sizeof(int));
        return new Candidate($"{kernel.Name} W{kernel.Bits}A8", 2.0 * outputs * inputs, () =>
        {
            for (int panel = 0; panel < panels; panel++)
            {
                var tile = new VectorTile { Input = (sbyte*)input, Blocks = blocks, Panel = weights + panel * panelBytes, Sums = sums + panel * VectorKernel.Channels };
                kernel.Run(in tile);
            }
        });
    }

    /// <summary>The same as a network: bytes in, a linear layer with scales and bias per channel, float32 out.</summary>
    private static Candidate Network(int bits, int outputs, int inputs)
    {
        var graph = new GraphBuilder("linear").Input(new TensorShape(inputs), Grid.Uniform(8, 0.01f, -1)).Linear("layer", outputs).Build(1);
        var random = new Random(4);
        int[] codes = [.. Enumerable.Range(0, inputs * outputs).Select(_ => random.Next(1 << bits))];
        float[] scales = [.. Enumerable.Range(0, outputs).Select(_ => 0.1f + random.NextSingle())];
        var grid = new Grid(0, (1 << bits) - 1, scales, [.. scales.Select(s => -s * ((1 << bits) - 1) / 2)]);
        graph = graph.WithParameters([new("layer.weight", QuantizedTensor.FromCodes(new TensorShape(outputs, inputs), grid, codes))]);
        var session = IntegerSession.Create(graph);
        byte[] image = new byte[inputs];
        random.NextBytes(image);
        float[] result = new float[outputs];
        return new Candidate($"IntegerSession W{bits}A8", 2.0 * outputs * inputs, () => session.Run(image, result));
    }

    private static byte* Memory(int bytes)
    {
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, Alignment);
        new Random(3).NextBytes(new Span<byte>(memory, bytes));
        return memory;
    }
}
