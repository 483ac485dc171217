using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Fragments;
using Natflow.Flows.Table;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Packets.Icmp;

namespace Natflow.Gateway.Replay;

/// <summary>
/// The world around a recorded subscriber: it puts what was recorded as coming to the subscriber onto the WAN, addressed to the external endpoint that the gateway
/// gives today, and learns those endpoints from what the gateway sends.
/// </summary>
/// <remarks>One thread, the worker's. Knows nothing of the gateway but its frames.</remarks>
internal sealed class ReplayWire : IDisposable
{
    // Well below every idle time: within it the external endpoint cannot have changed.
    private const uint SureMs = 1000;

    private const uint ToInsideBit = 1u << 31;

    private readonly Umem _umem;
    private readonly FlowHash _hash;
    private readonly PublicPool _pool;
    private readonly WireTable _table;
    private readonly CaptureClassifier _classifier;
    private readonly Ipv6Classifier _ipv6;
    private readonly FragmentTable _fragments;
    private readonly AnswerMemo _memo;
    private readonly bool _learnsInside;

    /// <summary>Makes the world of one replay.</summary>
    internal ReplayWire(ReplaySettings settings, NatSettings nat, Umem umem)
    {
        _umem = umem;
        _hash = new FlowHash(nat.Seed);
        _pool = new PublicPool(nat);
        _table = new WireTable(_hash);
        _classifier = new CaptureClassifier(settings, _pool, _table);
        _ipv6 = new Ipv6Classifier(umem, _hash);
        _fragments = new FragmentTable(nat.FragmentCapacity, _hash);
        _memo = new AnswerMemo(umem);
        _learnsInside = settings.LanPrefixes.Count != 0;
    }

    /// <summary>Conversations seen.</summary>
    internal ulong ConversationCount => _table.AddedCount;

    /// <summary>Tells where a frame came from.</summary>
    /// <param name="frame">Parsed as if from inside.</param>
    /// <param name="nowMs">Capture clock, ms.</param>
    internal CaptureDirection Classify(ref readonly FrameDescriptor frame, long nowMs)
    {
        uint entry = FlowTable.None;
        CaptureDirection direction = frame.Kind switch
        {
            PacketKind.Flow => _classifier.ClassifyFlow(in frame, out entry),
            PacketKind.Fragment => ClassifyFragment(in frame, nowMs, out entry),
            PacketKind.IcmpError when TryParseQuote(in frame, out IcmpErrorQuote quote) => _classifier.ClassifyError(in frame, in quote, out entry),
            PacketKind.IPv6 => _ipv6.Classify(in frame),
            PacketKind.OtherIPv4 => _classifier.ClassifyOther(in frame.Key),
            _ => CaptureDirection.FromInside,
        };
        _memo.Entry(in frame) = entry;
        return direction;
    }

    /// <summary>Whether the answer's external endpoint depends on a frame that is still on its way through the gateway.</summary>
    internal bool MustWait(ref readonly FrameDescriptor frame)
    {
        uint entry = _memo.Entry(in frame);
        return entry != FlowTable.None && _table[entry].IsUnsure;
    }

    /// <summary>Notes that a subscriber's frame enters the gateway.</summary>
    internal void OnFromInside(ref readonly FrameDescriptor frame, long nowMs)
    {
        uint index = _memo.Entry(in frame);
        if (index == FlowTable.None)
            return;
        ref WireEntry entry = ref _table[index];
        entry.IsUnsure |= entry.ExternalAddrBe == 0 || (uint)nowMs - entry.LearnedMs > SureMs;
    }

    /// <summary>Puts a frame on the WAN: to the external endpoint where it is for a subscriber's own address, else as it is.</summary>
    /// <param name="frame">Parsed as if from inside; parsed anew as from outside.</param>
    /// <param name="direction">Not from inside.</param>
    internal void PutOnWan(ref FrameDescriptor frame, CaptureDirection direction)
    {
        // IPv6 keeps its addresses.
        if (frame.Kind != PacketKind.IPv6)
        {
            _memo.KeepRecorded(in frame);
            if (direction == CaptureDirection.ToInside)
                Readdress(ref frame);
            _memo.KeepOnWan(in frame);
        }

        FrameParser.ParseBatch(_umem, MemoryMarshal.CreateSpan(ref frame, 1), zone: 0, Side.Wan, _hash);
    }

    /// <summary>Learns the external endpoint from a frame that the gateway sent outside.</summary>
    internal void Learn(ref readonly FrameDescriptor frame, long nowMs)
    {
        uint index = _memo.Entry(in frame);
        if (index == FlowTable.None || frame.L4Offset == 0 || frame.Kind == PacketKind.IcmpError)
            return;

        Span<byte> bytes = _umem.Frame(frame.FrameOffset, frame.LengthBytes);
        uint addressBe = MemoryMarshal.Read<uint>(bytes[(frame.L3Offset + 12)..]);
        int portOffset = frame.Key.Protocol == IpProtocol.Icmp ? 4 : 0;
        ushort portBe = MemoryMarshal.Read<ushort>(bytes[(frame.L4Offset + portOffset)..]);
        Learn(index, addressBe, portBe, nowMs);
        if (_learnsInside && frame.Key.Protocol != IpProtocol.Icmp)
        {
            FlowKey inside = InsideKey(frame.Key.SrcAddrBe, frame.Key.SrcPortBe, frame.Key.Protocol);
            uint insideIndex = _table.Find(in inside);
            Learn(insideIndex != FlowTable.None ? insideIndex : _table.Add(in inside), addressBe, portBe, nowMs);
        }
    }

    /// <summary>Compares a frame that the gateway gave to the subscriber with what was recorded.</summary>
    internal bool AgreesWithRecorded(ref readonly FrameDescriptor frame) => _memo.AgreesWithRecorded(in frame);

    /// <summary>Whether a frame answers a conversation that was recorded with the subscriber's own address.</summary>
    internal bool IsAnswer(ref readonly FrameDescriptor frame) =>
        frame.Kind is PacketKind.Flow or PacketKind.Fragment && _memo.Entry(in frame) != FlowTable.None;

    /// <summary>Makes a frame from outside again what it was on the WAN.</summary>
    internal void RestoreOnWan(ref readonly FrameDescriptor frame) => _memo.RestoreOnWan(in frame);

    public void Dispose()
    {
        _pool.Dispose();
        _table.Dispose();
        _ipv6.Dispose();
        _fragments.Dispose();
        _memo.Dispose();
    }

    private static FlowKey InsideKey(uint addressBe, ushort portBe, byte protocol) => new(addressBe, 0, portBe, 0, 0, protocol, Side.Lan);

    private static bool IsFirstFragment(ReadOnlySpan<byte> packet) => ((packet[6] & 0x1F) | packet[7]) == 0;

    private CaptureDirection ClassifyFragment(ref readonly FrameDescriptor frame, long nowMs, out uint entry)
    {
        Span<byte> packet = _umem.Frame(frame.FrameOffset, frame.LengthBytes)[frame.L3Offset..];
        ushort identificationBe = MemoryMarshal.Read<ushort>(packet[4..]);
        if (!IsFirstFragment(packet))
        {
            entry = FlowTable.None;
            if (!_fragments.TryFind(in frame.Key, identificationBe, nowMs, out uint known))
                return _classifier.ClassifyOther(in frame.Key);
            bool toInside = (known & ToInsideBit) != 0;
            entry = known & ~ToInsideBit;
            return toInside ? CaptureDirection.ToInside : CaptureDirection.FromInside;
        }

        CaptureDirection direction = _classifier.ClassifyFlow(in frame, out entry);
        if (direction != CaptureDirection.ToPublic)
        {
            uint value = direction == CaptureDirection.ToInside ? entry | ToInsideBit : entry;
            _ = _fragments.TryAdd(in frame.Key, identificationBe, value, nowMs);
        }

        return direction;
    }

    private bool TryParseQuote(ref readonly FrameDescriptor frame, out IcmpErrorQuote quote) =>
        IcmpErrorParser.TryParse(_umem.Frame(frame.FrameOffset, frame.LengthBytes), frame.L3Offset, isCaptured: true, out quote) == DropReason.None;

    private void Learn(uint index, uint addressBe, ushort portBe, long nowMs)
    {
        ref WireEntry entry = ref _table[index];
        entry.ExternalAddrBe = addressBe;
        entry.ExternalPortBe = portBe;
        entry.LearnedMs = (uint)nowMs;
        entry.IsUnsure = false;
    }

    // Where the far side cannot know an external endpoint, it tries the subscriber's port on the first public address: the gateway has to refuse that.
    private void Readdress(ref readonly FrameDescriptor frame)
    {
        Span<byte> bytes = _umem.Frame(frame.FrameOffset, frame.LengthBytes);
        if (bytes[frame.L3Offset + 8] == 0)
            return; // No hop is left: the gateway drops it whatever its address, and a TTL step would wrap.

        FindExternal(in frame, out uint addressBe, out ushort portBe);
        if (frame.Kind == PacketKind.IcmpError && TryParseQuote(in frame, out IcmpErrorQuote quote) && quote.HasPorts)
        {
            IcmpErrorRewriter.RewriteInbound(bytes, frame.L3Offset, in quote, addressBe, addressBe, portBe);
        }
        else
        {
            NatRewriter.ComputeDeltas(frame.Key.DstAddrBe, addressBe, RecordedPortBe(in frame.Key), portBe, frame.Key.Protocol, out ushort l3Delta, out ushort l4Delta);
            if (frame.L4Offset != 0 && frame.Kind is PacketKind.Flow or PacketKind.Fragment)
                NatRewriter.RewriteDestination(bytes, frame.L3Offset, frame.L4Offset, frame.Key.Protocol, addressBe, portBe, l3Delta, l4Delta);
            else
                NatRewriter.RewriteDestinationAddress(bytes, frame.L3Offset, addressBe, l3Delta);
        }

        NatRewriter.RestoreTtl(bytes, frame.L3Offset);
    }

    // Parsed as if from inside, a query has its identifier in the source port.
    private static ushort RecordedPortBe(ref readonly FlowKey key) => key.Protocol == IpProtocol.Icmp ? key.SrcPortBe : key.DstPortBe;

    private void FindExternal(ref readonly FrameDescriptor frame, out uint addressBe, out ushort portBe)
    {
        uint index = _memo.Entry(in frame);
        if (index != FlowTable.None && _table[index].ExternalAddrBe == 0 && _learnsInside)
        {
            FlowKey inside = InsideKey(frame.Key.DstAddrBe, frame.Key.DstPortBe, frame.Key.Protocol);
            index = _table.Find(in inside);
        }

        bool isKnown = index != FlowTable.None && _table[index].ExternalAddrBe != 0;
        addressBe = isKnown ? _table[index].ExternalAddrBe : _pool.AddressBe(0);
        portBe = isKnown ? _table[index].ExternalPortBe : RecordedPortBe(in frame.Key);
    }
}
