using System.Runtime.Intrinsics.X86;
using BitAnneal.Runtime.Emitted;
using BitAnneal.Runtime.Kernels;

namespace BitAnneal.Bench;

/// <summary>All kernels over runs on one layer: the sums alone for ours, with requantization for ONNX Runtime.</summary>
internal static class ConvolutionTable
{
    private const int ChainLength = 5;

    public static void Print(Layer layer, int rounds)
    {
        Candidate[] Emitted(Func<EmittedShape, WordRunKernel> create, string codes) =>
            [.. EmittedShape.All.Where(s => s.Channels <= layer.Outputs).Select(s => (s, k: create(s))).Select(p => layer.With(p.k, $"{p.k.Name} {codes}, {p.s.Places} x {p.s.Channels}"))];
        Candidate[] Managed(bool supported, string codes, params Func<WordRunKernel>[] create) =>
            supported ? [.. create.Select(c => c()).Select(k => layer.With(k, $"{k.Name} {codes}"))] : [];
        Candidate[] bytes =
        [
            .. Managed(AvxVnni.IsSupported, "W8A8", () => new AvxVnniRunKernel(8)),
            .. Managed(Avx512BW.IsSupported, "W8A8", () => new Avx512ByteRunKernel()),
            .. Managed(Avx2.IsSupported, "W8A8", () => new Vector256ByteRunKernel()),
            .. Managed(Avx512BW.IsSupported, "W4A4", () => new Avx512MaddubsRunKernel(15, 15)),
            .. Managed(Avx2.IsSupported, "W4A4", () => new Vector256MaddubsRunKernel(15, 15)),
            .. Managed(Avx512BW.IsSupported, "W2A8", () => new Avx512MaddubsRunKernel(255, 3)),
        ];
        Candidate[] bits =
        [
            .. Managed(Avx512BW.IsSupported, "W1A1", () => new Avx512BitRunKernel()),
            .. Managed(Avx2.IsSupported, "W1A1", () => new Vector256BitRunKernel()),
        ];
        var library = new LibraryCandidate(
            OnnxRuntimeModels.Convolutions(layer, ChainLength, "ONNX Runtime int8"), OnnxRuntimeModels.Convolutions(layer, 1, "once"), ChainLength);
        Report.Print(
            $"3 x 3 convolution, {layer}",
            [
                (VnniRunKernel.IsSupported ? Peak.Dot() : null, [.. VnniRunKernel.IsSupported ? Emitted(s => new VnniRunKernel(s.Channels, 8), "W8A8") : [], .. bytes]),
                (PopcountRunKernel.IsSupported ? Peak.CommonBits() : null, [.. PopcountRunKernel.IsSupported ? Emitted(s => new PopcountRunKernel(s.Channels), "W1A1") : [], .. bits]),
            ],
            [library, new LibraryCandidate(OnnxRuntimeModels.Convolutions(layer, 1, "alone"))],
            rounds);
    }
}
