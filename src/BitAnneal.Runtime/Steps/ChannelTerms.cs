using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Steps;

/// <summary>What turns sums of 32 bits into reals, from an output channel on; in a local variable, so that a loop over places reads it once.</summary>
/// <param name="slope">s_w·s_x per channel.</param>
/// <param name="window">o_w·s_x per channel.</param>
/// <param name="start">What is added, per border class and channel.</param>
/// <param name="shifts">What is added to the sums, its lower 32 bits, per border class and channel; null for nothing.</param>
/// <param name="minima">m_x·n per border class.</param>
/// <param name="startStep">From one border class to the next.</param>
/// <param name="shiftStep">Likewise.</param>
/// <param name="windowFactor">What is added to the sums for each one of U_x.</param>
internal readonly unsafe struct ChannelTerms(double* slope, double* window, double* start, int* shifts, double* minima, int startStep, int shiftStep, int windowFactor)
{
    /// <summary>Whether anything is added to the sums of products; if not, X is U_x.</summary>
    public bool AreShifted => shifts != null;

    /// <summary>What the reals of an output place share: all of them, or those of 16 channels.</summary>
    /// <param name="borderClass">Class of the place.</param>
    /// <param name="windowSums">U_x from a place on.</param>
    /// <param name="place">Counted from that place.</param>
    /// <param name="lane">First channel, as for the reals.</param>
    /// <param name="isShifted"><see cref="AreShifted"/>, or true. A constant, so that loops hold nothing of the other case.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PlaceTerms Of<TWindows>(int borderClass, int* windowSums, int place, int lane, bool isShifted = true) where TWindows : struct, IWindows
    {
        if (TWindows.AreShared)
        {
            int sum = windowSums[place];
            var inputs = isShifted ? Vector512.Create(sum + minima[borderClass]) : Vector512.Create((double)sum);
            return new(isShifted ? Vector512.Create(windowFactor * sum) : default, inputs, inputs, borderClass);
        }

        var sums = TWindows.Load(windowSums, place, lane);
        var (low, high) = LayerConstants.Doubles(sums);
        var minimum = Vector512.Create(minima[borderClass]);
        return new(sums * windowFactor, low + minimum, high + minimum, borderClass);
    }

    /// <summary>The reals of 16 channels. A has 32 bits, so additions may wrap around on their way to it.</summary>
    /// <param name="sums">Of products.</param>
    /// <param name="lane">First channel, counted from that of the terms.</param>
    /// <param name="place">Of the output place.</param>
    /// <param name="isShifted">As for <see cref="Of"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Reals(Vector512<int> sums, int lane, PlaceTerms place, bool isShifted = true)
    {
        if (isShifted && shifts != null)
        {
            sums += Vector512.Load(shifts + place.Class * shiftStep + lane) + place.Shift;
        }

        var (low, high) = LayerConstants.Doubles(sums);
        return Vector512.Narrow(Affine(low, lane, place.LowInputs, place), Affine(high, lane + 8, place.HighInputs, place));
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
        if (shifts != null)
        {
            sums += Vector256.Load(shifts + (nint)borderClass * shiftStep + lane) + (TWindows.AreShared ? Vector256.Create(windowFactor * windowSum) : windowSums * windowFactor);
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
    public Vector512<double> Begin(int lane, PlaceTerms place) => Vector512.Load(start + place.Class * startStep + lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<double> Affine(Vector512<double> a, int lane, Vector512<double> inputs, PlaceTerms place) =>
        Vector512.FusedMultiplyAdd(Slope(lane), a, Vector512.FusedMultiplyAdd(Window(lane), inputs, Begin(lane, place)));

    /// <summary>Terms of one output place. No more than four fields: else they would be in memory instead of registers.</summary>
    /// <param name="Shift">m_w·U_x, its lower 32 bits.</param>
    /// <param name="LowInputs">X of the lower 8 channels.</param>
    /// <param name="HighInputs">X of the others.</param>
    /// <param name="Class">Its border class.</param>
    internal readonly record struct PlaceTerms(Vector512<int> Shift, Vector512<double> LowInputs, Vector512<double> HighInputs, nint Class);
}
