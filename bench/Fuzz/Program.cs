using System.Diagnostics;
using System.Globalization;
using BitAnneal.Fuzz;

// One line: how many damaged inputs were refused, read or run. Stops at the first that brings the reader down, with the number that brings it back.
if (args.Length is < 2 or > 3 || !int.TryParse(args[1], CultureInfo.InvariantCulture, out int count))
{
    Console.Error.WriteLine($"usage: Fuzz READER COUNT [FIRST]   (readers: {string.Join(", ", Targets.Names)})");
    return 2;
}

ulong first = args.Length == 3 ? ulong.Parse(args[2], CultureInfo.InvariantCulture) : 1;
var target = Targets.Create(args[0]);
int[] outcomes = new int[Enum.GetValues<Outcome>().Length];
var clock = Stopwatch.StartNew();
TimeSpan longest = default;
for (ulong seed = first; seed < first + (ulong)count; seed++)
{
    var began = clock.Elapsed;
    try
    {
        outcomes[(int)target.Try(seed)]++;
    }
    catch (Exception e)
    {
        Console.Error.WriteLine($"{args[0]} {seed}: {e}");
        return 1;
    }

    longest = clock.Elapsed - began > longest ? clock.Elapsed - began : longest;
}

(target as IDisposable)?.Dispose();
Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"{args[0]}: {count} inputs, {outcomes[(int)Outcome.Refused]} refused, {outcomes[(int)Outcome.Read]} read, {outcomes[(int)Outcome.Run]} run; longest {longest.TotalMilliseconds:F0} ms"));
return 0;
