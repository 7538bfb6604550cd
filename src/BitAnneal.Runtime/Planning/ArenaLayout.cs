using BitAnneal.Runtime.Steps;

namespace BitAnneal.Runtime.Planning;

/// <summary>Gives every slot a place such that slots alive at the same time never overlap, but for a result that takes the place of an operand value by value.</summary>
internal static class ArenaLayout
{
    /// <summary>Places the slots, lowest address first, behind the scratch memory that all steps share.</summary>
    /// <param name="input">The slot that the caller fills before the first step.</param>
    /// <param name="steps">The steps in order.</param>
    /// <returns>Size of the arena in bytes.</returns>
    public static long Place(Slot input, IReadOnlyList<Step> steps)
    {
        long scratch = steps.Max(s => (s.ScratchBytes + 63) / 64 * 64), size = scratch + input.ByteCount;
        input.Offset = scratch;
        var lastUse = new Dictionary<Slot, int>();
        for (int i = 0; i < steps.Count; i++)
        {
            foreach (var slot in steps[i].Reads.Concat(steps[i].AllWrites))
            {
                lastUse[slot] = i;
            }
        }

        var alive = new List<Slot> { input };
        for (int i = 0; i < steps.Count; i++)
        {
            alive.RemoveAll(s => lastUse.GetValueOrDefault(s, -1) < i);
            var replaced = steps[i].Replaces is { } read && read != input && lastUse[read] == i ? read : null;
            foreach (var slot in steps[i].AllWrites.Where(s => !alive.Contains(s)))
            {
                slot.Offset = slot == steps[i].Writes && slot.ByteCount == replaced?.ByteCount ? replaced.Offset : FirstGap(alive, scratch, slot.ByteCount);
                alive.Add(slot);
                size = Math.Max(size, slot.Offset + slot.ByteCount);
            }
        }

        return size;
    }

    private static long FirstGap(List<Slot> alive, long start, long bytes)
    {
        long offset = start;
        foreach (var other in alive.OrderBy(s => s.Offset))
        {
            if (offset + bytes <= other.Offset)
            {
                break;
            }

            offset = Math.Max(offset, other.Offset + other.ByteCount);
        }

        return offset;
    }
}
