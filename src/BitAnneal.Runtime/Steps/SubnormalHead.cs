using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using BitAnneal.Runtime.Kernels;

namespace BitAnneal.Runtime.Steps;

/// <summary>
/// The head of chains of multiply-adds that are still 0 or subnormal and meet nothing but zeros and subnormals: its results are subnormal as well, and
/// rounding to such a number is as slow as reading one. In float64 at a magnitude whose last bit is 2⁻¹⁴⁹, the same sum is rounded to the same
/// multiple of 2⁻¹⁴⁹.
/// </summary>
internal static unsafe class SubnormalHead
{
    private const int Lanes = RealTile.Lanes, MostPlaces = 16, MostLanes = 2 * Lanes, Doubles = 8;

    private const int More = 4; // Elements behind the head at which sums become normal, mostly: one or two, or more where a rectifier left zeros.

    private const int Sign = int.MinValue, LeastNormal = 1 << 23;

    // Images are scaled by 2²⁴: below 2⁻¹⁰², as bits, lies what was subnormal.
    private const int EndOfSmall = 25 << 23;

    // 1.5·2⁵²·2⁻¹⁴⁹ as bits. Numbers near it are counted in units of 2⁻¹⁴⁹ by their bits, as subnormals are by theirs.
    private const long Middle = ((1023L + 52 - 149) << 52) + (1L << 51);

    /// <summary>Runs a kernel on a tile, the heads of its chains first if they have one.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="tile">The image scaled up, finite weights scaled down.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(RealKernel kernel, in RealTile tile)
    {
        int places = kernel.Places(tile.Vectors), lanes = tile.Vectors * Lanes;
        int head = places <= MostPlaces && AreSmall(in tile, places, lanes) ? Find(in tile, places) : 0;
        float* starts = stackalloc float[MostPlaces * MostLanes];
        for (int p = 0; p < places && head > 0; p++)
        {
            if (p > 0 && tile.StartStep == 0 && AreEqual(in tile, p, head))
            {
                new ReadOnlySpan<float>(starts + (p - 1) * lanes, lanes).CopyTo(new Span<float>(starts + p * lanes, lanes)); // A dead channel is constant.
                continue;
            }

            int done = Sum(in tile, p, head, lanes, starts + p * lanes);
            p = done < head ? -1 : p; // All places must stop at the same element: once more.
            head = done;
        }

        if (head == 0)
        {
            kernel.Run(in tile);
            return;
        }

        int more = Math.Min(More, tile.RunCount * tile.RunLength - 1 - head);
        for (int p = 0; p < places; p++)
        {
            Continue(in tile, p, head, head + more, lanes, starts + p * lanes);
        }

        head += more;
        int run = head / tile.RunLength, skip = head % tile.RunLength, first = tile.Runs[run] + skip;
        var rest = tile;
        rest.Panel += (nint)head * lanes;
        rest.Start = starts;
        rest.StartStep = lanes;
        rest.Runs += run;
        rest.RunCount -= run;
        if (skip > 0)
        {
            var part = rest;
            part.Runs = &first;
            part.RunCount = 1;
            part.RunLength -= skip;
            kernel.Run(in part);
            rest.Panel += (nint)part.RunLength * lanes;
            rest.Start = rest.Sums;
            rest.StartStep = rest.SumStep;
            rest.Runs++;
            rest.RunCount--;
        }

        if (rest.RunCount > 0)
        {
            kernel.Run(in rest);
        }
    }

    /// <summary>Whether all chains start at 0 or at a subnormal.</summary>
    private static bool AreSmall(in RealTile tile, int places, int lanes)
    {
        for (int p = 0; p < places && (p == 0 || tile.StartStep != 0); p++)
        {
            for (int lane = 0; lane < lanes; lane += Lanes)
            {
                var bits = Vector512.Load((int*)tile.Start + p * tile.StartStep + lane) & Vector512.Create(~Sign);
                if (Vector512.GreaterThanOrEqualAny(bits, Vector512.Create(LeastNormal)))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Whether the heads of a place and the one before are the same.</summary>
    private static bool AreEqual(in RealTile tile, int place, int head)
    {
        float* before = tile.Input + tile.Places[place - 1], own = tile.Input + tile.Places[place];
        for (int r = 0, left = head; left > 0; r++, left -= tile.RunLength)
        {
            int bytes = Math.Min(left, tile.RunLength) * sizeof(float);
            if (!new ReadOnlySpan<byte>(before + tile.Runs[r], bytes).SequenceEqual(new ReadOnlySpan<byte>(own + tile.Runs[r], bytes)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>How many elements are zeros and subnormals at all places, but not all elements; 0 where none of them is subnormal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Find(in RealTile tile, int places)
    {
        int head = 0, seen = 0, last = tile.RunCount * tile.RunLength - 1;
        for (int r = 0; r < tile.RunCount; r++)
        {
            int* x = (int*)tile.Input + tile.Runs[r];
            for (int i = 0; i < tile.RunLength; i++, head++)
            {
                int largest = 0;
                for (int p = 0; p < places; p++)
                {
                    largest = Math.Max(largest, x[tile.Places[p] + i] & ~Sign);
                }

                if (largest >= EndOfSmall || head == last)
                {
                    return seen == 0 ? 0 : head;
                }

                seen |= largest;
            }
        }

        return 0;
    }

    /// <summary>The sums behind the head of a place.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="place">Which place.</param>
    /// <param name="head">How many elements.</param>
    /// <param name="lanes">Output channels.</param>
    /// <param name="sums">Receives the sums.</param>
    /// <returns>That number, or fewer where a sum becomes normal there: then the sums are not complete.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Sum(in RealTile tile, int place, int head, int lanes, float* sums)
    {
        Vector512<double> middle = Vector512.Create(Middle).AsDouble(), signs = Vector512.Create(-0.0);
        int runLength = tile.RunLength;
        for (int lane = 0; lane < lanes; lane += Doubles)
        {
            var bits = Vector256.Load((int*)tile.Start + place * tile.StartStep + lane);
            var magnitude = bits & Vector256.Create(~Sign);
            var total = (middle.AsInt64() + Wide(Vector256.ConditionalSelect(Vector256.LessThan(bits, Vector256<int>.Zero), -magnitude, magnitude))).AsDouble();
            var sum = Vector512.ConditionalSelect(signs, Wide(bits).AsDouble(), total - middle); // The sign is that of the number, also where that is 0.
            float* w = tile.Panel + lane;
            for (int r = 0, done = 0; done < head; r++)
            {
                float* x = tile.Input + tile.Places[place] + tile.Runs[r];
                for (int i = 0; i < runLength && done < head; i++, done++, w += lanes)
                {
                    var (low, high) = Vector256.Widen(Vector256.Load(w));
                    Vector512<double> weight = Vector512.Create(low, high), value = Vector512.Create((double)x[i]);
                    total = Vector512.FusedMultiplyAdd(weight, value, total);
                    var units = (total.AsInt64() - Vector512.Create(Middle - LeastNormal + 1)).AsUInt64();
                    if (Vector512.GreaterThanOrEqualAny(units, Vector512.Create(2UL * LeastNormal - 1)))
                    {
                        return done;
                    }

                    sum = Vector512.ConditionalSelect(signs, weight * value + sum, total - middle); // The product is exact, so the first has the right sign.
                }
            }

            var counted = Vector512.Abs(total.AsInt64() - middle.AsInt64());
            Vector256.ConditionalSelect(Vector256.Create(Sign), High(sum), Vector256.Narrow(counted.GetLower(), counted.GetUpper())).Store((int*)sums + lane);
        }

        return head;
    }

    /// <summary>The upper halves, where signs are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> High(Vector512<double> numbers)
    {
        var halves = numbers.AsInt64() >> 32;
        return Vector256.Narrow(halves.GetLower(), halves.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<long> Wide(Vector256<int> bits)
    {
        var (low, high) = Vector256.Widen(bits);
        return Vector512.Create(low, high);
    }

    /// <summary>Goes on behind the head, where sums become normal. A subnormal one is scaled up for the step at which it does: rounding is the same.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Continue(in RealTile tile, int place, int first, int end, int lanes, float* sums)
    {
        Vector512<float> up = Vector512.Create((float)(1 << 24)), down = Vector512.Create(1f / (1 << 24));
        float* values = stackalloc float[More];
        for (int element = first; element < end; element++)
        {
            values[element - first] = tile.Input[tile.Places[place] + tile.Runs[element / tile.RunLength] + element % tile.RunLength];
        }

        for (int lane = 0; lane < lanes; lane += Lanes)
        {
            var sum = Vector512.Load(sums + lane);
            for (int element = first; element < end; element++)
            {
                var x = Vector512.Create(values[element - first]);
                var weight = Vector512.Load(tile.Panel + (nint)element * lanes + lane);
                var magnitude = sum.AsInt32() & Vector512.Create(~Sign);
                var isSmall = Vector512.LessThan(magnitude, Vector512.Create(LeastNormal));
                if (isSmall != Vector512<int>.Zero && x != Vector512<float>.Zero)
                {
                    // Times 2²⁴: subnormals through their mantissas, weights back to what they were.
                    var small = Vector512.ConvertToSingle(magnitude & isSmall) * Vector512.Create(MathF.ScaleB(1, -125));
                    var others = Vector512.AndNot(sum.AsInt32(), isSmall).AsSingle() * up;
                    var scaled = others.AsInt32() | small.AsInt32() | (sum.AsInt32() & Vector512.Create(Sign));
                    var result = Vector512.FusedMultiplyAdd(weight * up, x, scaled.AsSingle());
                    var size = result.AsInt32() & Vector512.Create(~Sign);
                    var isNormal = Vector512.GreaterThanOrEqual(size, Vector512.Create(EndOfSmall)) & Vector512.LessThan(size, Vector512.Create(255 << 23));
                    var isKept = Vector512.Equals(weight, Vector512<float>.Zero).AsInt32() & ~Vector512.Equals(sum.AsInt32(), Vector512.Create(Sign));
                    if ((isNormal | isKept) == Vector512<int>.AllBitsSet)
                    {
                        sum = Vector512.ConditionalSelect(isKept.AsSingle(), sum, Vector512.AndNot(result.AsInt32(), ~isNormal).AsSingle() * down);
                        continue;
                    }
                }

                sum = Vector512.FusedMultiplyAdd(weight, x, sum);
            }

            sum.Store(sums + lane);
        }
    }
}
