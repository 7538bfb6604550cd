using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Kernels.Lookup;

/// <summary>Between channels side by side and planes: what <see cref="PlaneLookup512"/> reads and writes. AVX-512 VBMI.</summary>
internal static unsafe class Planes
{
    /// <summary>Channels that are transposed together.</summary>
    public const int Quarter = 16;

    private const int Vector = 64, Fours = 4;

    // A constant in code: a static field could call its initialiser in the loop.
    private static Vector512<byte> ByChannel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(
            (byte)0, 16, 32, 48, 1, 17, 33, 49, 2, 18, 34, 50, 3, 19, 35, 51, 4, 20, 36, 52, 5, 21, 37, 53, 6, 22, 38, 54, 7, 23, 39, 55,
            8, 24, 40, 56, 9, 25, 41, 57, 10, 26, 42, 58, 11, 27, 43, 59, 12, 28, 44, 60, 13, 29, 45, 61, 14, 30, 46, 62, 15, 31, 47, 63);
    }

    /// <summary>The numbers of three codes side by side for a row of pixels of 16 or 32 channels, for every four pixels channel by channel.</summary>
    /// <param name="pixels">Codes of the first pixel, a byte each; one pixel before and one behind the row are read too.</param>
    /// <param name="count">Pixels, a multiple of 4.</param>
    /// <param name="channels">16 or 32.</param>
    /// <param name="fours">Receives 64 bytes for four pixels of 16 channels.</param>
    /// <param name="second">Receives those of channels 16 to 31.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Join(byte* pixels, int count, int channels, byte* fours, byte* second)
    {
        for (int i = 0; i < count; i += Fours, pixels += Fours * channels, fours += Vector, second += Vector)
        {
            var numbers = Joined(pixels, channels);
            if (channels == Quarter)
            {
                Avx512Vbmi.PermuteVar64x8(numbers, ByChannel).Store(fours);
                continue;
            }

            var next = Joined(pixels + Vector, channels);
            var low = Avx512F.Shuffle4x128(numbers.AsUInt32(), next.AsUInt32(), 0b10_00_10_00).AsByte();
            var high = Avx512F.Shuffle4x128(numbers.AsUInt32(), next.AsUInt32(), 0b11_01_11_01).AsByte();
            Avx512Vbmi.PermuteVar64x8(low, ByChannel).Store(fours);
            Avx512Vbmi.PermuteVar64x8(high, ByChannel).Store(second);
        }
    }

    /// <summary>Sixteen times four pixels channel by channel to 64 pixels of every channel.</summary>
    /// <param name="fours">What <see cref="Join"/> wrote.</param>
    /// <param name="planes">Where the first of 16 channels goes.</param>
    /// <param name="planeBytes">Bytes from one channel to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Spread(byte* fours, byte* planes, nint planeBytes)
    {
        Vector512<uint> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        Vector512<uint> c0 = default, c1 = default, c2 = default, c3 = default, d0 = default, d1 = default, d2 = default, d3 = default;
        Columns(fours, ref a0, ref a1, ref a2, ref a3);
        Columns(fours + 4 * Vector, ref b0, ref b1, ref b2, ref b3);
        Columns(fours + 8 * Vector, ref c0, ref c1, ref c2, ref c3);
        Columns(fours + 12 * Vector, ref d0, ref d1, ref d2, ref d3);
        Channels(a0, b0, c0, d0, planes, 4 * planeBytes);
        Channels(a1, b1, c1, d1, planes + planeBytes, 4 * planeBytes);
        Channels(a2, b2, c2, d2, planes + 2 * planeBytes, 4 * planeBytes);
        Channels(a3, b3, c3, d3, planes + 3 * planeBytes, 4 * planeBytes);
    }

    /// <summary>For 64 pixels, the sum over all channels of three codes side by side.</summary>
    /// <param name="planes">Of the first pixel.</param>
    /// <param name="channels">A multiple of 16.</param>
    /// <param name="planeBytes">Bytes from one channel to the next.</param>
    /// <param name="ones">The table of three weights of 1.</param>
    /// <param name="sums">Receives 64 numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Sum(byte* planes, int channels, nint planeBytes, byte* ones, int* sums)
    {
        Vector512<ushort> low = default, high = default;
        var table = Vector512.Load(ones);
        for (int c = 0; c < channels; c += Quarter)
        {
            var some = Vector512<byte>.Zero; // At most 16 · 9.
            for (int i = 0; i < Quarter; i++, planes += planeBytes)
            {
                some += Avx512Vbmi.PermuteVar64x8(table, Vector512.Load(planes));
            }

            var (first, second) = Vector512.Widen(some);
            low += first;
            high += second;
        }

        Widened(low, sums);
        Widened(high, sums + Vector / 2);
    }

    /// <summary>Sums of 64 places of 16 channels, channels side by side.</summary>
    /// <param name="planes">What <see cref="PlaneLookup512.Run"/> wrote, of 16 channels.</param>
    /// <param name="sums">Receives 16 sums of every place.</param>
    /// <param name="step">Sums from one place to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Merge(ushort* planes, int* sums, nint step)
    {
        for (int odd = 0; odd < 2; odd++, planes += Vector / 2, sums += step)
        {
            for (int half = 0; half < 2; half++)
            {
                Vector512<ulong> low0 = default, low1 = default, low2 = default, low3 = default;
                Quad(planes, half, ref low0, ref low1, ref low2, ref low3);
                Vector512<ulong> high0 = default, high1 = default, high2 = default, high3 = default;
                Quad(planes + 8 * Vector, half, ref high0, ref high1, ref high2, ref high3);
                int* target = sums + half * 8 * step;
                Put(low0, high0, target, step);
                Put(low1, high1, target + 2 * step, step);
                Put(low2, high2, target + 4 * step, step);
                Put(low3, high3, target + 6 * step, step);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Joined(byte* pixels, int channels) => Vector512.Load(pixels - channels)
        | (Vector512.Load(pixels).AsUInt16() << 2).AsByte() | (Vector512.Load(pixels + channels).AsUInt16() << 4).AsByte(); // Codes are below 4: nothing leaves its byte.

    /// <summary>Four times four pixels: in every 128 bits the 16 pixels of one channel, four channels apart from those of the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Columns(byte* fours, ref Vector512<uint> first, ref Vector512<uint> second, ref Vector512<uint> third, ref Vector512<uint> fourth)
    {
        Vector512<uint> x0 = Vector512.Load(fours).AsUInt32(), x1 = Vector512.Load(fours + Vector).AsUInt32();
        Vector512<uint> x2 = Vector512.Load(fours + 2 * Vector).AsUInt32(), x3 = Vector512.Load(fours + 3 * Vector).AsUInt32();
        Vector512<ulong> low01 = Avx512F.UnpackLow(x0, x1).AsUInt64(), high01 = Avx512F.UnpackHigh(x0, x1).AsUInt64();
        Vector512<ulong> low23 = Avx512F.UnpackLow(x2, x3).AsUInt64(), high23 = Avx512F.UnpackHigh(x2, x3).AsUInt64();
        first = Avx512F.UnpackLow(low01, low23).AsUInt32();
        second = Avx512F.UnpackHigh(low01, low23).AsUInt32();
        third = Avx512F.UnpackLow(high01, high23).AsUInt32();
        fourth = Avx512F.UnpackHigh(high01, high23).AsUInt32();
    }

    /// <summary>64 pixels of four channels from four times 16 pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Channels(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, byte* planes, nint step)
    {
        Vector512<uint> ab = Avx512F.Shuffle4x128(a, b, 0b01_00_01_00), cd = Avx512F.Shuffle4x128(c, d, 0b01_00_01_00);
        Vector512<uint> above = Avx512F.Shuffle4x128(a, b, 0b11_10_11_10), below = Avx512F.Shuffle4x128(c, d, 0b11_10_11_10);
        Avx512F.Shuffle4x128(ab, cd, 0b10_00_10_00).AsByte().Store(planes);
        Avx512F.Shuffle4x128(ab, cd, 0b11_01_11_01).AsByte().Store(planes + step);
        Avx512F.Shuffle4x128(above, below, 0b10_00_10_00).AsByte().Store(planes + 2 * step);
        Avx512F.Shuffle4x128(above, below, 0b11_01_11_01).AsByte().Store(planes + 3 * step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Widened(Vector512<ushort> numbers, int* target)
    {
        var (low, high) = Vector512.Widen(numbers);
        low.AsInt32().Store(target);
        high.AsInt32().Store(target + 16);
    }

    /// <summary>Eight channels of 16 places: in every 128 bits the eight sums of one place, four places apart from those of the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quad(ushort* planes, int half, ref Vector512<ulong> first, ref Vector512<ulong> second, ref Vector512<ulong> third, ref Vector512<ulong> fourth)
    {
        Vector512<uint> a = Pair(planes, half), b = Pair(planes + 2 * Vector, half), c = Pair(planes + 4 * Vector, half), d = Pair(planes + 6 * Vector, half);
        Vector512<ulong> low01 = Avx512F.UnpackLow(a, b).AsUInt64(), high01 = Avx512F.UnpackHigh(a, b).AsUInt64();
        Vector512<ulong> low23 = Avx512F.UnpackLow(c, d).AsUInt64(), high23 = Avx512F.UnpackHigh(c, d).AsUInt64();
        first = Avx512F.UnpackLow(low01, low23);
        second = Avx512F.UnpackHigh(low01, low23);
        third = Avx512F.UnpackLow(high01, high23);
        fourth = Avx512F.UnpackHigh(high01, high23);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Pair(ushort* planes, int half)
    {
        Vector512<ushort> a = Vector512.Load(planes), b = Vector512.Load(planes + Vector);
        return (half == 0 ? Avx512BW.UnpackLow(a, b) : Avx512BW.UnpackHigh(a, b)).AsUInt32();
    }

    /// <summary>Writes the sums of four places, each eight numbers of one and eight of the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(Vector512<ulong> low, Vector512<ulong> high, int* sums, nint step)
    {
        var first = Avx512F.PermuteVar8x64x2(low, Vector512.Create(0UL, 1, 8, 9, 2, 3, 10, 11), high).AsInt16();
        var second = Avx512F.PermuteVar8x64x2(low, Vector512.Create(4UL, 5, 12, 13, 6, 7, 14, 15), high).AsInt16();
        Vector512.WidenLower(first).Store(sums);
        Vector512.WidenUpper(first).Store(sums + 16 * step);
        Vector512.WidenLower(second).Store(sums + 32 * step);
        Vector512.WidenUpper(second).Store(sums + 48 * step);
    }
}
