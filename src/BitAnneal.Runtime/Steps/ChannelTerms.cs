using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Steps;

/// <summary>What turns sums of 32 bits into reals, from an output channel on; in a local variable, so that a loop over places reads it once.</summary>
/// <param name="slope">s_w·s_x per channel.</param>
/// <param name="window">o_w·s_x per channel.</param>
/// <param name="start">What is added, per border class and channel.</param>
/// <param name="shifts">What is added to the sums besides, its lower 32 bits, per border class and channel; null for nothing.</param>
/// <param name="minima">m_x·n per border class.</param>
/// <param name="startStep">From one border class to the next.</param>
/// <param name="shiftStep">Likewise.</param>
/// <param name="windowFactor">What is added to the sums for each one of U_x.</param>
internal readonly unsafe struct ChannelTerms(double* slope, double* window, double* start, int* shifts, double* minima, int startStep, int shiftStep, int windowFactor)
{
    /// <summary>Whether more than a multiple of U_x is added to the sums of products; if not, X is U_x.</summary>
    public bool AreShifted => shifts != null;

    /// <summary>X of output places whose channels have the same U_x, and the multiples of U_x that are added to their sums.</summary>
    /// <param name="classOf">Class of every place.</param>
    /// <param name="windowSums">U_x of every place.</param>
    /// <param name="count">Places.</param>
    /// <param name="inputs">Receives X.</param>
    /// <param name="multiples">Receives the multiples.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void OfPlaces(int* classOf, int* windowSums, int count, double* inputs, int* multiples)
    {
        int i = 0;
        for (; !AreShifted && i <= count - Vector512<int>.Count; i += Vector512<int>.Count)
        {
            var sums = Vector512.Load(windowSums + i);
            var (low, high) = LayerConstants.Doubles(sums); // Nothing is added to them.
            low.Store(inputs + i);
            high.Store(inputs + i + Vector512<double>.Count);
            Shift(sums).Store(multiples + i);
        }

        for (; i < count; i++)
        {
            (inputs[i], multiples[i]) = (windowSums[i] + minima[classOf[i]], unchecked(windowFactor * windowSums[i]));
        }
    }

    /// <summary>X of 16 channels.</summary>
    /// <param name="windowSums">Their U_x.</param>
    /// <param name="borderClass">Class of the place.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (Vector512<double> Low, Vector512<double> High) Inputs(Vector512<int> windowSums, int borderClass)
    {
        var (low, high) = LayerConstants.Doubles(windowSums);
        var minimum = Vector512.Create(minima[borderClass]);
        return (low + minimum, high + minimum);
    }

    /// <summary>The multiple of U_x that is added to sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<int> Shift(Vector512<int> windowSums) => windowSums * windowFactor;

    /// <summary>What is added to the sums of 16 channels besides, if <see cref="AreShifted"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<int> Shift(int lane, int borderClass) => Vector512.Load(shifts + borderClass * shiftStep + lane);

    /// <summary>The reals of 16 channels. A has 32 bits, so additions may wrap around on their way to it.</summary>
    /// <param name="sums">Of products.</param>
    /// <param name="lane">First channel, counted from that of the terms.</param>
    /// <param name="windowSums">U_x of the channels.</param>
    /// <param name="borderClass">Class of the place.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Reals(Vector512<int> sums, int lane, Vector512<int> windowSums, int borderClass)
    {
        sums += AreShifted ? Shift(windowSums) + Shift(lane, borderClass) : Shift(windowSums);
        var (low, high) = LayerConstants.Doubles(sums);
        var (inputs, nextInputs) = Inputs(windowSums, borderClass);
        var first = Vector512.FusedMultiplyAdd(Slope(lane), low, Vector512.FusedMultiplyAdd(Window(lane), inputs, Begin(lane, borderClass)));
        var second = Vector512.FusedMultiplyAdd(Slope(lane + 8), high, Vector512.FusedMultiplyAdd(Window(lane + 8), nextInputs, Begin(lane + 8, borderClass)));
        return Vector512.Narrow(first, second);
    }

    /// <summary>The reals of 8 channels, where vectors have 256 bits or less.</summary>
    /// <param name="sums">Of products.</param>
    /// <param name="lane">First channel, counted from that of the terms.</param>
    /// <param name="borderClass">Class of the place.</param>
    /// <param name="windowSum">U_x of the place where all channels have the same.</param>
    /// <param name="windowSums">Where they have their own, U_x of the channels.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Reals<TWindows>(Vector256<int> sums, int lane, int borderClass, int windowSum, Vector256<int> windowSums) where TWindows : struct, IWindows
    {
        sums += TWindows.AreShared ? Vector256.Create(windowFactor * windowSum) : windowSums * windowFactor;
        if (shifts != null)
        {
            sums += Vector256.Load(shifts + (nint)borderClass * shiftStep + lane);
        }

        var lowInputs = TWindows.AreShared ? Vector256.Create(windowSum + minima[borderClass]) : Doubles(windowSums.GetLower()) + Vector256.Create(minima[borderClass]);
        var highInputs = TWindows.AreShared ? lowInputs : Doubles(windowSums.GetUpper()) + Vector256.Create(minima[borderClass]);
        double* begin = start + (nint)borderClass * startStep + lane;
        var low = Vector256.FusedMultiplyAdd(Vector256.Load(slope + lane), Doubles(sums.GetLower()), Vector256.FusedMultiplyAdd(Vector256.Load(window + lane), lowInputs, Vector256.Load(begin)));
        var high = Vector256.FusedMultiplyAdd(Vector256.Load(slope + lane + 4), Doubles(sums.GetUpper()), Vector256.FusedMultiplyAdd(Vector256.Load(window + lane + 4), highInputs, Vector256.Load(begin + 4)));
        return Vector256.Narrow(low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Doubles(Vector128<int> sums) =>
        Avx.IsSupported ? Avx.ConvertToVector256Double(sums) : Vector256.ConvertToDouble(Vector256.Create(Vector128.WidenLower(sums), Vector128.WidenUpper(sums)));

    /// <summary>s_w·s_x of eight channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<double> Slope(int lane) => Vector512.Load(slope + lane);

    /// <summary>o_w·s_x of eight channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<double> Window(int lane) => Vector512.Load(window + lane);

    /// <summary>What is added for eight channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<double> Begin(int lane, int borderClass) => Vector512.Load(start + borderClass * startStep + lane);
}
