using System.Buffers;

namespace BitAnneal.Data.Tests;

/// <summary>Memory whose content is gone, as that of a mapped file on a lost disk.</summary>
internal sealed class LostMemory(int length) : MemoryManager<byte>
{
    public override Memory<byte> Memory => CreateMemory(length);

    public override Span<byte> GetSpan() => throw new IOException("the disk is gone");

    public override MemoryHandle Pin(int elementIndex = 0) => throw new IOException("the disk is gone");

    public override void Unpin() { }

    protected override void Dispose(bool disposing) { }
}
