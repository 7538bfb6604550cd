using System.Runtime.CompilerServices;
using BitAnneal.Runtime.Kernels;

namespace BitAnneal.Runtime.Emitted;

/// <summary>A matrix times one vector with <c>vpdpbusd</c> on 512 bits, see <see cref="VectorEmitter"/>.</summary>
/// <param name="bits">Bits of a weight code: 1, 2 or 4.</param>
internal sealed unsafe class VnniVectorKernel(int bits) : VectorKernel(bits)
{
    private readonly delegate* unmanaged[SuppressGCTransition]<VectorArguments*, void> entry =
        (delegate* unmanaged[SuppressGCTransition]<VectorArguments*, void>)EmittedKernels.Instance.Entry(VectorEmitter.Function(bits));

    /// <summary>Whether kernels of this kind exist in this process.</summary>
    public static bool IsSupported => EmittedKernels.Instance.Has(EmittedFunction.Vector2);

    /// <inheritdoc/>
    public override string Name => "vnni";

    /// <inheritdoc/>
    [SkipLocalsInit]
    public override void Run(ref readonly VectorTile tile)
    {
        if (tile.Blocks == 0)
        {
            new Span<int>(tile.Sums, Channels).Clear(); // The loop runs at least once.
            return;
        }

        var arguments = new VectorArguments(in tile, Bits);
        entry(&arguments);
    }
}
