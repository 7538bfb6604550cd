using System.Runtime.Intrinsics.X86;
using BitAnneal.Runtime.Emitted;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Kernels.Lookup;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Bench;

/// <summary>All kernels over runs on one layer: the sums alone for ours, with requantization for ONNX Runtime.</summary>
internal static class ConvolutionTable
{
    private const int ChainLength = 5;

    public static void Print(Layer layer, int rounds)
    {
        Candidate[] Words(bool supported, int levels, string codes, params Func<WordRunKernel>[] create) =>
            supported ? [.. create.Select(c => layer.With(new WordFamily(c()), levels, codes))] : [];
        Candidate[] Emitted(bool supported, int levels, Func<EmittedShape, WordRunKernel> create, string codes) =>
            supported ? [.. EmittedShape.All.Where(s => s.Channels <= layer.Outputs).Select(s => layer.With(new WordFamily(create(s)), levels, $"{codes}, {s.Places} x {s.Channels}"))] : [];
        Candidate[] Looked(bool supported, int weightBits, int levels, string codes, Func<LookupFamily?> create) =>
            supported && layer.Outputs > 32 && create() is { } family ? [layer.With(family, levels, codes, weightBits)] : [];
        Candidate[] bytes =
        [
            .. Emitted(VnniRunKernel.IsSupported, 256, s => new VnniRunKernel(s.Channels, 8), "W8A8"),
            .. Words(VnniRunKernel.IsSupported, 16, "W4A4", () => new PackedVnniRunKernel(EmittedShape.Best(new ChannelGroups(layer.Inputs, layer.Outputs), ByteLayout.Instance).Channels, 4)),
            .. Words(VnniRunKernel.IsSupported, 256, "W2A8", () => new PackedVnniRunKernel(EmittedShape.Best(new ChannelGroups(layer.Inputs, layer.Outputs), ByteLayout.Instance).Channels, 2)),
            .. Words(AvxVnni.IsSupported, 256, "W8A8", () => new AvxVnniRunKernel(8)),
            .. Words(Avx512BW.IsSupported, 256, "W8A8", () => new Avx512ByteRunKernel()),
            .. Words(Avx2.IsSupported, 256, "W8A8", () => new Vector256ByteRunKernel()),
            .. Words(Avx512BW.IsSupported, 16, "W4A4", () => new Avx512MaddubsRunKernel(15, 15)),
            .. Words(Avx2.IsSupported, 16, "W4A4", () => new Vector256MaddubsRunKernel(15, 15)),
            .. Words(Avx512BW.IsSupported, 256, "W2A8", () => new Avx512MaddubsRunKernel(255, 3)),
            .. Looked(LookupFamily.IsSupported512, 2, 4, "W2A2", () => LookupFamily.Vector512(4, 4)),
            .. Looked(LookupFamily.IsSupported512, 1, 4, "W1A2", () => LookupFamily.Vector512(2, 4)),
            .. Looked(LookupFamily.IsSupported512, 1, 8, "W1A3", () => LookupFamily.Vector512(2, 8)),
            .. Looked(LookupFamily.IsSupported512, 1, 16, "W1A4", () => LookupFamily.Vector512(2, 16)),
            .. Looked(Avx2.IsSupported, 2, 4, "W2A2", () => LookupFamily.Vector256(4, 4)),
        ];
        Candidate[] bits =
        [
            .. Emitted(PopcountRunKernel.IsSupported, 2, s => new PopcountRunKernel(s.Channels), "W1A1"),
            .. Words(Avx512BW.IsSupported, 2, "W1A1", () => new Avx512BitRunKernel()),
            .. Words(Avx2.IsSupported, 2, "W1A1", () => new Vector256BitRunKernel()),
        ];
        var library = new LibraryCandidate(
            OnnxRuntimeModels.Convolutions(layer, ChainLength, "ONNX Runtime int8"), OnnxRuntimeModels.Convolutions(layer, 1, "once"), ChainLength);
        Report.Print(
            $"3 x 3 convolution, {layer}",
            [
                (VnniRunKernel.IsSupported ? Peak.Dot() : null, bytes),
                (PopcountRunKernel.IsSupported ? Peak.CommonBits() : null, bits),
            ],
            [library, new LibraryCandidate(OnnxRuntimeModels.Convolutions(layer, 1, "alone"))],
            rounds);
    }
}
