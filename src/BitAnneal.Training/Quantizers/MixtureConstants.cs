namespace BitAnneal.Training.Quantizers;

/// <summary>The K quantizers of one channel as <see cref="MixtureKernel"/> reads them: one array per figure.</summary>
internal unsafe struct MixtureConstants
{
    private const int Max = MixtureJob.MaxPartners;

    public int Count;

    /// <summary>Learned clip α, its inverse, and whether α gets the derivative of the rounding; +∞, 0 and false without one.</summary>
    public float Clip, ClipInverse;
    public bool HasClip, FollowsRounding;

    /// <summary>Larger values count as this one.</summary>
    public float Ceiling;

    /// <summary>Bit k is set for the identity, for a threshold quantizer, for a slope other than 1 on a whole line.</summary>
    public int Floats, Thresholds, Slopes;

    /// <summary>Whether all partners round to nearest over one range, so that <see cref="SharedRangeKernel"/> serves.</summary>
    public bool IsSharedRange;

    /// <summary>Whether a single quantizer counts as the frozen network's Quantize node does.</summary>
    public bool IsNode;

    /// <summary>Where such a quantizer looks closer: see <see cref="LevelCode.NodeDoubt"/>.</summary>
    public float NodeDoubt;

    public fixed float Weight[Max];
    public fixed float Scale[Max];
    public fixed float Inverse[Max];
    public fixed float Offset[Max];
    public fixed float MinCode[Max];
    public fixed float MaxCode[Max];
    public fixed float DeadZone[Max];
    public fixed float Floor[Max]; // Least value of the identity
    public fixed float Low[Max];
    public fixed float High[Max];
    public fixed float Inside[Max];
    public fixed float Outside[Max];
    public fixed float WeightedScale[Max];
    public fixed int CodeShift[Max]; // Place of a code in the words of SharedRangeKernel
    public fixed float RoundingShift[Max]; // NaN: half to even; otherwise floor(x + shift)

    /// <summary>Gathers the constants of every channel.</summary>
    public static MixtureConstants[] Of(MixtureJob job)
    {
        if (job.Partners.Length > Max)
        {
            throw new ArgumentException($"a mixture of {job.Partners.Length} quantizers; at most {Max} are possible");
        }

        var all = new MixtureConstants[job.Channels];
        for (int channel = 0; channel < all.Length; channel++)
        {
            ref var c = ref all[channel];
            (c.Count, c.HasClip, c.FollowsRounding, c.Ceiling) = (job.Partners.Length, job.Clip is not null, job.FollowsRounding, job.Ceiling);
            (c.Clip, c.ClipInverse) = job.Clip is { } alpha ? (alpha, 1 / alpha) : (float.PositiveInfinity, 0);
            for (int k = 0; k < c.Count; k++)
            {
                var partners = job.Partners[k];
                c.Set(k, job.Weights[k], partners[partners.Length == 1 ? 0 : channel]);
            }

            c.IsSharedRange = job.IsSharedRange;
            c.IsNode = job.Partners is [[{ IsNode: true, IsFloat: false }]];
            c.NodeDoubt = LevelCode.NodeDoubt(c.Scale[0]);
        }

        return all;
    }

    private void Set(int k, float weight, in Partner p)
    {
        Weight[k] = weight;
        Scale[k] = p.Scale;
        WeightedScale[k] = weight * p.Scale;
        CodeShift[k] = k == 0 ? 0 : CodeShift[k - 1] + 32 - int.LeadingZeroCount((int)MaxCode[k - 1]);
        Inverse[k] = LevelCode.Inverse(p.Scale);
        Offset[k] = p.Offset;
        MinCode[k] = p.MinCode;
        MaxCode[k] = p.MaxCode;
        Floor[k] = p.Gradient.Low > 0 ? 0 : p.Gradient.Low;
        DeadZone[k] = p.DeadZone;
        Low[k] = p.Gradient.Low;
        High[k] = p.Gradient.High;
        Inside[k] = p.Gradient.Inside;
        Outside[k] = p.Gradient.Outside;
        RoundingShift[k] = LevelCode.Shift(p.Rounding);
        Floats |= p.IsFloat ? 1 << k : 0;
        Thresholds |= float.IsNaN(p.DeadZone) ? 0 : 1 << k;
        Slopes |= p.Gradient == StraightThrough.Identity ? 0 : 1 << k;
    }
}
