namespace BitAnneal.Graphs;

/// <summary>Guesses what a misspelt name was meant to be.</summary>
public static class NearestName
{
    /// <summary>The known name nearest to the given one.</summary>
    /// <param name="given">What was written.</param>
    /// <param name="known">What would have been right.</param>
    /// <returns>The name with the fewest edits (insert, delete, replace, swap neighbours), or null when even that one is far off.</returns>
    public static string? Find(string given, IEnumerable<string> known)
    {
        string? best = null;
        int fewest = Math.Max(2, given.Length / 3) + 1;
        foreach (string candidate in known)
        {
            int edits = Distance(given.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (edits < fewest)
            {
                (best, fewest) = (candidate, edits);
            }
        }

        return best;
    }

    /// <summary>"; did you mean 'x'?" or nothing.</summary>
    public static string Hint(string given, IEnumerable<string> known) => Find(given, known) is { } name ? $"; did you mean '{name}'?" : "";

    private static int Distance(string a, string b)
    {
        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }

                int replace = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(replace, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
