namespace BitAnneal.Graphs;

/// <summary>
/// The xoshiro256** generator of Blackman and Vigna, seeded through SplitMix64: the same numbers on every platform and runtime
/// version, which <see cref="Random"/> does not promise. Its whole state can be saved, so a resumed run continues exactly.
/// </summary>
public sealed class SeededRandom
{
    private ulong s0, s1, s2, s3;

    /// <summary>Starts the sequence of a seed.</summary>
    public SeededRandom(ulong seed)
    {
        s0 = SplitMix(ref seed);
        s1 = SplitMix(ref seed);
        s2 = SplitMix(ref seed);
        s3 = SplitMix(ref seed);
    }

    /// <summary>An independent sequence for one use of a seed: the same seed and stream give the same numbers.</summary>
    public static SeededRandom ForStream(ulong seed, ulong stream)
    {
        ulong key = seed;
        return new SeededRandom(SplitMix(ref key) ^ (stream * 0xd1342543de82ef95UL));
    }

    /// <summary>64 random bits.</summary>
    public ulong NextBits()
    {
        ulong result = ulong.RotateLeft(s1 * 5, 7) * 9;
        ulong t = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= t;
        s3 = ulong.RotateLeft(s3, 45);
        return result;
    }

    /// <summary>A whole number in [0, <paramref name="exclusiveMax"/>), unbiased to 2⁻³².</summary>
    public int Next(int exclusiveMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(exclusiveMax);
        return (int)(((NextBits() >> 32) * (ulong)exclusiveMax) >> 32);
    }

    /// <summary>A number in [0, 1).</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number in [<paramref name="min"/>, <paramref name="max"/>).</summary>
    public double NextDouble(double min, double max) => min + (max - min) * NextDouble();

    /// <summary>A standard normal number (Box and Muller).</summary>
    public double NextGaussian()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>A number from the distribution Beta(α, α), in [0, 1].</summary>
    /// <param name="alpha">α, positive: below 1 the ends are likely, above 1 the middle is.</param>
    public double NextBeta(double alpha)
    {
        double a = NextGamma(alpha), b = NextGamma(alpha);
        return a + b > 0 ? a / (a + b) : Next(2);
    }

    /// <summary>Puts the items into a random order (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>Marsaglia and Tsang, 2000: squeezed rejection for shapes from 1 on, a power of a uniform number below.</summary>
    private double NextGamma(double shape)
    {
        if (shape < 1)
        {
            return NextGamma(shape + 1) * Math.Pow(1 - NextDouble(), 1 / shape);
        }

        double d = shape - 1.0 / 3, c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = NextGaussian(), v = 1 + c * x;
            v *= v * v;
            if (v > 0 && Math.Log(1 - NextDouble()) < 0.5 * x * x + d - d * v + d * Math.Log(v))
            {
                return d * v;
            }
        }
    }

    private static ulong SplitMix(ref ulong state)
    {
        ulong z = state += 0x9e3779b97f4a7c15UL;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9UL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebUL;
        return z ^ (z >> 31);
    }
}
