using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Flows.Fragments;

/// <summary>
/// Fragments that came before the first of their datagram (RFC 4787 REQ-14): they wait, in order of arrival, in a ring of fixed size; one sender
/// has at most a quarter of it, so that a flood leaves room for others (REQ-14a). Owner thread only.
/// </summary>
/// <param name="capacity">Most that wait, at least 1.</param>
/// <param name="waitMs">Milliseconds that a fragment waits (RFC 6146 section 3.4: at least 2 s).</param>
public sealed class HeldFragments(int capacity, long waitMs) : IDisposable
{
    private const int SenderShare = 4;

    private readonly NativeArray<Held> _ring = new(capacity);
    private int _first;
    private int _length;

    /// <summary>Fragments that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Keeps a fragment.</summary>
    /// <param name="frame">Parsed; its chunk is nobody else's while it waits.</param>
    /// <param name="identificationBe">The datagram's identification, network byte order.</param>
    /// <param name="nowMs">Clock, ms.</param>
    /// <returns>False when the ring, or the sender's share of it, is full.</returns>
    public bool TryHold(in FrameDescriptor frame, ushort identificationBe, long nowMs)
    {
        SkipTaken();
        if (_length == _ring.Length)
            return false;
        int sameSender = 0;
        for (int i = 0; i < _length; i++)
        {
            ref Held held = ref At(i);
            if (held.IsHeld && held.Frame.Key.SrcAddrBe == frame.Key.SrcAddrBe && held.Frame.Key.Side == frame.Key.Side)
                sameSender++;
        }

        if (sameSender >= Math.Max(1, _ring.Length / SenderShare))
            return false;
        At(_length++) = new Held { Frame = frame, UntilMs = nowMs + waitMs, IdentificationBe = identificationBe, IsHeld = true };
        Count++;
        return true;
    }

    /// <summary>Takes the next fragment of a datagram, in order of arrival.</summary>
    public bool TryTake(in FlowKey datagram, ushort identificationBe, out FrameDescriptor frame)
    {
        for (int i = 0; Count != 0 && i < _length; i++)
        {
            ref Held held = ref At(i);
            if (!held.IsHeld || held.IdentificationBe != identificationBe || !IsOf(in held.Frame.Key, in datagram))
                continue;
            frame = Take(ref held);
            return true;
        }

        frame = default;
        return false;
    }

    /// <summary>Takes a fragment that waited long enough.</summary>
    public bool TryTakeExpired(long nowMs, out FrameDescriptor frame)
    {
        SkipTaken();
        frame = default;
        if (_length == 0 || At(0).UntilMs > nowMs)
            return false;
        frame = Take(ref At(0));
        return true;
    }

    /// <summary>Frees the ring; the frames' chunks are the caller's.</summary>
    public void Dispose() => _ring.Dispose();

    private static bool IsOf(in FlowKey fragment, in FlowKey datagram) =>
        fragment.SrcAddrBe == datagram.SrcAddrBe && fragment.DstAddrBe == datagram.DstAddrBe && fragment.Protocol == datagram.Protocol
        && fragment.Side == datagram.Side && fragment.Zone == datagram.Zone;

    private ref Held At(int position) => ref _ring[(uint)((_first + position) % _ring.Length)];

    private FrameDescriptor Take(ref Held held)
    {
        held.IsHeld = false;
        Count--;
        return held.Frame;
    }

    private void SkipTaken()
    {
        while (_length != 0 && !At(0).IsHeld)
        {
            _first = (_first + 1) % _ring.Length;
            _length--;
        }
    }

    [StructLayout(LayoutKind.Sequential, Pack = 8, Size = 48)]
    private struct Held
    {
        internal FrameDescriptor Frame;
        internal long UntilMs;
        internal ushort IdentificationBe;
        internal bool IsHeld;
    }
}
