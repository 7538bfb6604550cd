namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// When sums of 16 bits are exact. <c>vpmaddubsw</c> adds two products of an unsigned and a signed byte and saturates at 32767; below that, further
/// groups can be added before the sums are widened.
/// </summary>
internal static class Maddubs
{
    /// <summary>Groups whose sums certainly fit 16 bits; 0 where not even one does or a weight code is no signed byte.</summary>
    /// <param name="largestInput">Largest input code.</param>
    /// <param name="largestWeight">Largest weight code.</param>
    public static int GroupsInWord(int largestInput, int largestWeight) =>
        largestWeight > sbyte.MaxValue ? 0 : short.MaxValue / Math.Max(1, 2 * largestInput * largestWeight);

    /// <summary>The number of groups, or an error.</summary>
    /// <exception cref="ArgumentException">The codes are too large.</exception>
    public static int Checked(int largestInput, int largestWeight) => GroupsInWord(largestInput, largestWeight) is > 0 and var groups
        ? groups
        : throw new ArgumentException($"products of codes up to {largestInput} and {largestWeight} do not fit 16 bits");
}
