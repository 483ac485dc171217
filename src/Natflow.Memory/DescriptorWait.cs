using System.Runtime.InteropServices;

namespace Natflow.Memory;

/// <summary>Waits until one of some descriptors can be read (poll(2)), or for a time: an idle thread wakes with the first packet.</summary>
/// <remarks>One thread waits. The descriptors stay their owners'; one that is closed ends a wait at once, at worst.</remarks>
public sealed unsafe class DescriptorWait : WaitHandle
{
    private readonly NativeArray<PollEntry> _entries;

    /// <summary>Takes the descriptors.</summary>
    /// <param name="descriptors">At least one.</param>
    public DescriptorWait(IReadOnlyList<int> descriptors)
    {
        _entries = new NativeArray<PollEntry>(descriptors.Count);
        for (int i = 0; i < descriptors.Count; i++)
            _entries[(uint)i] = new PollEntry { Descriptor = descriptors[i], Events = LibcNative.PollIn };
    }

    /// <summary>Waits.</summary>
    /// <param name="millisecondsTimeout">Longest wait in ms.</param>
    /// <returns>Whether a descriptor can be read.</returns>
    public override bool WaitOne(int millisecondsTimeout)
    {
        fixed (PollEntry* entries = _entries.Span)
            return LibcNative.Poll(entries, (nuint)_entries.Length, millisecondsTimeout) > 0;
    }

    /// <inheritdoc />
    protected override void Dispose(bool explicitDisposing)
    {
        if (explicitDisposing)
            _entries.Dispose();
        base.Dispose(explicitDisposing);
    }

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4, Size = 8)]
    internal struct PollEntry
    {
        internal int Descriptor;
        internal short Events;
        internal short Returned;
    }
}
