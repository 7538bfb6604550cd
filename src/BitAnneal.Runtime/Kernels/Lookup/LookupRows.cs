using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace BitAnneal.Runtime.Kernels.Lookup;

/// <summary>
/// Output places side by side under a kernel three pixels wide: the table that a pixel's group selects serves all places and panels that it lies under. Eight sums
/// of 64 bytes at a time, panel by panel for a place, then the next place.
/// </summary>
internal unsafe interface ILookupRow
{
    /// <summary>What it is, in names of kernels.</summary>
    static abstract string Name { get; }

    /// <summary>Places side by side; so many that their panels are eight together.</summary>
    static abstract int Places { get; }

    /// <summary>Adds the products of a group of the pixels.</summary>
    /// <param name="tables">All tables.</param>
    /// <param name="x">The group of the first pixel.</param>
    /// <param name="pixel">Bytes from one pixel to the next.</param>
    /// <param name="w">Weights of the group that meet the left pixel.</param>
    /// <param name="tap">Bytes from them to those for the middle pixel, and from there to those for the right one.</param>
    /// <param name="panel">Bytes to those of the next panel.</param>
    /// <param name="c0">First sum.</param>
    /// <param name="c1">Second sum.</param>
    /// <param name="c2">Third sum.</param>
    /// <param name="c3">Fourth sum.</param>
    /// <param name="c4">Fifth sum.</param>
    /// <param name="c5">Sixth sum.</param>
    /// <param name="c6">Seventh sum.</param>
    /// <param name="c7">Last sum.</param>
    static abstract void Step<T>(
        byte* tables, byte* x, nint pixel, byte* w, nint tap, nint panel,
        ref Vector512<byte> c0, ref Vector512<byte> c1, ref Vector512<byte> c2, ref Vector512<byte> c3,
        ref Vector512<byte> c4, ref Vector512<byte> c5, ref Vector512<byte> c6, ref Vector512<byte> c7)
        where T : struct, IProductTable;
}

/// <summary>Eight places of one panel, stride 1: ten pixels.</summary>
internal readonly unsafe struct RowOfEight : ILookupRow
{
    public static string Name => "rows";

    public static int Places => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step<T>(
        byte* tables, byte* x, nint pixel, byte* w, nint tap, nint panel,
        ref Vector512<byte> c0, ref Vector512<byte> c1, ref Vector512<byte> c2, ref Vector512<byte> c3,
        ref Vector512<byte> c4, ref Vector512<byte> c5, ref Vector512<byte> c6, ref Vector512<byte> c7)
        where T : struct, IProductTable
    {
        Vector512<byte> left = Vector512.LoadAligned(w), middle = Vector512.LoadAligned(w + tap), right = Vector512.LoadAligned(w + 2 * tap);
        var t = T.Load(tables, x);
        Lookup.Add(ref c0, t, left);
        t = T.Load(tables, x + pixel);
        Lookup.Add(ref c0, t, middle);
        Lookup.Add(ref c1, t, left);
        t = T.Load(tables, x + 2 * pixel);
        Lookup.Add(ref c0, t, right);
        Lookup.Add(ref c1, t, middle);
        Lookup.Add(ref c2, t, left);
        t = T.Load(tables, x + 3 * pixel);
        Lookup.Add(ref c1, t, right);
        Lookup.Add(ref c2, t, middle);
        Lookup.Add(ref c3, t, left);
        t = T.Load(tables, x + 4 * pixel);
        Lookup.Add(ref c2, t, right);
        Lookup.Add(ref c3, t, middle);
        Lookup.Add(ref c4, t, left);
        t = T.Load(tables, x + 5 * pixel);
        Lookup.Add(ref c3, t, right);
        Lookup.Add(ref c4, t, middle);
        Lookup.Add(ref c5, t, left);
        t = T.Load(tables, x + 6 * pixel);
        Lookup.Add(ref c4, t, right);
        Lookup.Add(ref c5, t, middle);
        Lookup.Add(ref c6, t, left);
        t = T.Load(tables, x + 7 * pixel);
        Lookup.Add(ref c5, t, right);
        Lookup.Add(ref c6, t, middle);
        Lookup.Add(ref c7, t, left);
        t = T.Load(tables, x + 8 * pixel);
        Lookup.Add(ref c6, t, right);
        Lookup.Add(ref c7, t, middle);
        t = T.Load(tables, x + 9 * pixel);
        Lookup.Add(ref c7, t, right);
    }
}

/// <summary>Four places of two panels, stride 1: six pixels.</summary>
internal readonly unsafe struct RowOfFour : ILookupRow
{
    public static string Name => "rows of four";

    public static int Places => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step<T>(
        byte* tables, byte* x, nint pixel, byte* w, nint tap, nint panel,
        ref Vector512<byte> c0, ref Vector512<byte> c1, ref Vector512<byte> c2, ref Vector512<byte> c3,
        ref Vector512<byte> c4, ref Vector512<byte> c5, ref Vector512<byte> c6, ref Vector512<byte> c7)
        where T : struct, IProductTable
    {
        Vector512<byte> left = Vector512.LoadAligned(w), middle = Vector512.LoadAligned(w + tap), right = Vector512.LoadAligned(w + 2 * tap);
        w += panel;
        Vector512<byte> nextLeft = Vector512.LoadAligned(w), nextMiddle = Vector512.LoadAligned(w + tap), nextRight = Vector512.LoadAligned(w + 2 * tap);
        var t = T.Load(tables, x);
        Lookup.Add(ref c0, ref c1, t, left, nextLeft);
        t = T.Load(tables, x + pixel);
        Lookup.Add(ref c0, ref c1, t, middle, nextMiddle);
        Lookup.Add(ref c2, ref c3, t, left, nextLeft);
        t = T.Load(tables, x + 2 * pixel);
        Lookup.Add(ref c0, ref c1, t, right, nextRight);
        Lookup.Add(ref c2, ref c3, t, middle, nextMiddle);
        Lookup.Add(ref c4, ref c5, t, left, nextLeft);
        t = T.Load(tables, x + 3 * pixel);
        Lookup.Add(ref c2, ref c3, t, right, nextRight);
        Lookup.Add(ref c4, ref c5, t, middle, nextMiddle);
        Lookup.Add(ref c6, ref c7, t, left, nextLeft);
        t = T.Load(tables, x + 4 * pixel);
        Lookup.Add(ref c4, ref c5, t, right, nextRight);
        Lookup.Add(ref c6, ref c7, t, middle, nextMiddle);
        t = T.Load(tables, x + 5 * pixel);
        Lookup.Add(ref c6, ref c7, t, right, nextRight);
    }
}

/// <summary>Four places of two panels, stride 2: nine pixels.</summary>
internal readonly unsafe struct StridedRow : ILookupRow
{
    public static string Name => "rows of four, stride 2";

    public static int Places => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step<T>(
        byte* tables, byte* x, nint pixel, byte* w, nint tap, nint panel,
        ref Vector512<byte> c0, ref Vector512<byte> c1, ref Vector512<byte> c2, ref Vector512<byte> c3,
        ref Vector512<byte> c4, ref Vector512<byte> c5, ref Vector512<byte> c6, ref Vector512<byte> c7)
        where T : struct, IProductTable
    {
        Vector512<byte> left = Vector512.LoadAligned(w), middle = Vector512.LoadAligned(w + tap), right = Vector512.LoadAligned(w + 2 * tap);
        w += panel;
        Vector512<byte> nextLeft = Vector512.LoadAligned(w), nextMiddle = Vector512.LoadAligned(w + tap), nextRight = Vector512.LoadAligned(w + 2 * tap);
        var t = T.Load(tables, x);
        Lookup.Add(ref c0, ref c1, t, left, nextLeft);
        t = T.Load(tables, x + pixel);
        Lookup.Add(ref c0, ref c1, t, middle, nextMiddle);
        t = T.Load(tables, x + 2 * pixel);
        Lookup.Add(ref c0, ref c1, t, right, nextRight);
        Lookup.Add(ref c2, ref c3, t, left, nextLeft);
        t = T.Load(tables, x + 3 * pixel);
        Lookup.Add(ref c2, ref c3, t, middle, nextMiddle);
        t = T.Load(tables, x + 4 * pixel);
        Lookup.Add(ref c2, ref c3, t, right, nextRight);
        Lookup.Add(ref c4, ref c5, t, left, nextLeft);
        t = T.Load(tables, x + 5 * pixel);
        Lookup.Add(ref c4, ref c5, t, middle, nextMiddle);
        t = T.Load(tables, x + 6 * pixel);
        Lookup.Add(ref c4, ref c5, t, right, nextRight);
        Lookup.Add(ref c6, ref c7, t, left, nextLeft);
        t = T.Load(tables, x + 7 * pixel);
        Lookup.Add(ref c6, ref c7, t, middle, nextMiddle);
        t = T.Load(tables, x + 8 * pixel);
        Lookup.Add(ref c6, ref c7, t, right, nextRight);
    }
}

/// <summary>What <see cref="RowLookup512{T, TRow}"/> serves.</summary>
internal static class RowLookup
{
    /// <summary>Pixels of a run.</summary>
    public const int Taps = 3;
}
