namespace BitAnneal.Bench;

/// <summary>Work of ONNX Runtime.</summary>
/// <param name="Whole">The work, perhaps several times in a chain.</param>
/// <param name="Once">The work once, whose time is taken off the chain together with what happens at its ends; null where there is no chain.</param>
/// <param name="Repeats">How often the chain does the work.</param>
internal sealed record LibraryCandidate(Candidate Whole, Candidate? Once = null, int Repeats = 1)
{
    /// <summary>Multiplications and additions of the work once.</summary>
    public double Operations => Whole.Operations / Repeats;

    /// <summary>Time of the work once.</summary>
    public double Seconds(IReadOnlyDictionary<Candidate, double> times) => Once is null ? times[Whole] : (times[Whole] - times[Once]) / (Repeats - 1);
}
