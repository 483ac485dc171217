using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Flows.Shards;

/// <summary>
/// Unsolicited SYNs from outside that are not answered yet (RFC 5382 REQ-4): headers in a ring of fixed size, each for the time of silence. Full
/// forgets the new one, for silence is always allowed. Owner thread only.
/// </summary>
/// <param name="silenceMs">Milliseconds of silence (RFC 5382 REQ-4: at least 6 s).</param>
internal sealed class HeldSyns(long silenceMs) : IDisposable
{
    /// <summary>Link header, IPv4 header with options, 8 bytes of TCP.</summary>
    internal const int HeaderBytesMax = 104;

    private const int Capacity = 256;

    private readonly NativeArray<Syn> _ring = new(Capacity);
    private int _first;

    /// <summary>SYNs in silence.</summary>
    internal int Count { get; private set; }

    /// <summary>Keeps what an answer will need.</summary>
    /// <param name="frame">A SYN.</param>
    /// <param name="bytes">Its frame.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    internal void Hold(in FrameDescriptor frame, ReadOnlySpan<byte> bytes, long nowMs)
    {
        int headerBytes = Math.Min(bytes.Length, frame.L4Offset + 8);
        if (Count == Capacity || headerBytes > HeaderBytesMax)
            return;
        ref Syn syn = ref _ring[(uint)((_first + Count++) % Capacity)];
        syn.Frame = frame;
        syn.Frame.LengthBytes = (ushort)headerBytes;
        syn.DueMs = nowMs + silenceMs;
        bytes[..headerBytes].CopyTo(syn.Header);
    }

    /// <summary>Takes the next SYN whose silence is over.</summary>
    /// <param name="nowMs">Shard clock, ms.</param>
    /// <param name="frame">The SYN; its frame is gone, its length is that of the headers.</param>
    /// <param name="header">Receives the headers; at least <see cref="HeaderBytesMax"/> bytes.</param>
    internal bool TryTakeDue(long nowMs, out FrameDescriptor frame, Span<byte> header)
    {
        frame = default;
        ref Syn syn = ref _ring[(uint)_first];
        if (Count == 0 || syn.DueMs > nowMs)
            return false;
        frame = syn.Frame;
        ReadOnlySpan<byte> kept = syn.Header;
        kept[..frame.LengthBytes].CopyTo(header);
        _first = (_first + 1) % Capacity;
        Count--;
        return true;
    }

    public void Dispose() => _ring.Dispose();

    [StructLayout(LayoutKind.Sequential, Pack = 8, Size = 144)]
    private struct Syn
    {
        internal FrameDescriptor Frame;
        internal long DueMs;
        internal HeaderBuffer Header;
    }

    [InlineArray(HeaderBytesMax)]
    private struct HeaderBuffer
    {
        private byte _first;
    }
}
