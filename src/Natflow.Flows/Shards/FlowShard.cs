using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Offers;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Packets.Family;

namespace Natflow.Flows.Shards;

/// <summary>
/// Takes a parsed burst through lookup, NAT and rewrite. Three passes hide the memory: ask for the buckets, ask for the flows that the
/// buckets name, then translate. What is not an established flow's plain packet goes to <see cref="SlowPath"/>, in order, afterwards.
/// IPv6 frames go through <see cref="Ipv6Stage"/> first, for some come out of it as IPv4.
/// </summary>
/// <remarks>Owner thread only; nothing here allocates. Packets of one flow keep their order.</remarks>
public sealed class FlowShard : IDisposable
{
    private const byte TcpStateFlags = TcpFlags.Fin | TcpFlags.Syn | TcpFlags.Rst;
    private const byte SteadyBit = 0x80;

    // What packets of so many subscribers touch stays in the cache without being asked for.
    private const uint CachedUsers = 1024;

    private readonly Umem _umem;
    private readonly SlowPath _slowPath;
    private readonly Ipv6Stage _ipv6;
    private readonly uint _familyGrowthBytes;
    private readonly NativeArray<uint> _slots = new(FrameDescriptor.BurstMax);
    private readonly NativeArray<ushort> _slow = new(FrameDescriptor.BurstMax);
    private readonly NativeArray<ushort> _ipv6Indices = new(FrameDescriptor.BurstMax);
    private readonly NativeArray<uint> _ipv6Flows = new(FrameDescriptor.BurstMax);
    private bool _haveIpv4;
    private bool _haveIpv6;

    /// <summary>Makes a shard's data path.</summary>
    /// <param name="state">What the shard owns; disposed with this.</param>
    /// <param name="umem">Where the frames lie.</param>
    /// <param name="chunks">The worker's free chunks, for frames that are made or kept here; without them no packet is cut, no fragment waits.</param>
    public FlowShard(ShardState state, Umem umem, ChunkPool? chunks = null)
    {
        State = state;
        _umem = umem;
        _slowPath = new SlowPath(state, umem, chunks);
        _ipv6 = new Ipv6Stage(state, umem, _slowPath.Refusal);
        _familyGrowthBytes = state.Ipv6.Nat64 != null ? (uint)Ipv4ToIpv6.GrowthBytesMax : 0;
    }

    /// <summary>What the shard owns.</summary>
    public ShardState State { get; }

    /// <summary>Frames of the last burst that the hot path left to the slow path.</summary>
    public int SlowCount { get; private set; }

    /// <summary>The flow that a frame of the last burst went by.</summary>
    /// <param name="index">Its position in the burst.</param>
    /// <param name="isIpv6">In which flow table it is.</param>
    /// <param name="flowIndex">Its index there.</param>
    /// <returns>False for a frame that went by none, and for a later fragment.</returns>
    public bool TryGetFlow(int index, out bool isIpv6, out uint flowIndex)
    {
        flowIndex = _ipv6Flows[(uint)index];
        isIpv6 = _haveIpv6 && flowIndex != Ipv6Stage.NotIpv6;
        if (isIpv6)
            return flowIndex != FlowTable.None;
        uint slot = _haveIpv4 ? _slots[(uint)index] : FlowTable.None;
        flowIndex = slot >> 1;
        return slot != FlowTable.None;
    }

    /// <summary>Decides and rewrites a burst.</summary>
    /// <param name="frames">Parsed descriptors of this shard. A hairpinned frame's descriptor is turned round for its second pass.</param>
    /// <param name="verdicts">Receives one verdict a frame; drops are counted here.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    public void Process(Span<FrameDescriptor> frames, Span<Verdict> verdicts, long nowMs)
    {
        if (frames.Length > FrameDescriptor.BurstMax || verdicts.Length < frames.Length)
            throw new ArgumentException("at most a burst, with a verdict for each frame", nameof(verdicts));

        SlowCount = 0;
        int ipv6Count = FindIpv6(frames);
        _haveIpv6 = ipv6Count != 0;
        _haveIpv4 = ipv6Count != frames.Length || State.Ipv6.Nat64 != null;
        if (_haveIpv6)
        {
            Span<uint> flows = _ipv6Flows.Span[..frames.Length];
            flows.Fill(Ipv6Stage.NotIpv6);
            _ipv6.Process(frames, _ipv6Indices.Span[..ipv6Count], flows, verdicts, nowMs);
            if (!_haveIpv4)
                return;
        }

        ProcessIpv4(frames, verdicts, nowMs);
        _ipv6.ProcessDecided(frames, verdicts);
    }

    private void ProcessIpv4(Span<FrameDescriptor> frames, Span<Verdict> verdicts, long nowMs)
    {
        FlowTable flows = State.Flows;
        Span<uint> slots = _slots.Span[..frames.Length];
        for (int i = 0; i < frames.Length; i++)
            flows.PrefetchBucket(frames[i].Hash);
        for (int i = 0; i < frames.Length; i++)
            slots[i] = flows.PrefetchCandidate(frames[i].Hash);
        if (State.Users.UsedIndexEnd > CachedUsers)
            PrefetchUsers(slots);

        int slowCount = 0;
        uint now = (uint)nowMs;
        ref uint timeouts = ref MemoryMarshal.GetReference(State.TimeoutsMs);
        for (int i = 0; i < frames.Length; i++)
        {
            Verdict verdict = TryTranslate(ref frames[i], slots[i], now, ref timeouts, nowMs);
            if (verdict != Verdict.Continue)
                verdicts[i] = verdict;
            else if (frames[i].Kind != PacketKind.IPv6)
                _slow[(uint)slowCount++] = (ushort)i;
        }

        SlowCount = slowCount;
        if (slowCount != 0)
            _slowPath.Process(frames, _slow.Span[..slowCount], slots, verdicts, nowMs);
    }

    private void PrefetchUsers(ReadOnlySpan<uint> slots)
    {
        foreach (uint slot in slots)
        {
            if (slot == FlowTable.None)
                continue;
            ref FlowRecord flow = ref State.Flows.Flow(slot >> 1);
            State.Users.Foresight.Gate(flow.UserIndex);
            if ((flow.Flags & FlowFlags.Policed) != FlowFlags.None)
                State.Policies.Prefetch(isIpv6: false, slot >> 1, flow.UserIndex);
        }
    }

    /// <summary>Frames that wait for <see cref="TakeExtras"/>.</summary>
    public int ExtraCount => _slowPath.ExtraCount;

    /// <summary>
    /// Refuses the flow of a frame of the last burst, for the host that the frame asks for: its later packets are dropped, and what the frame's sender and the server
    /// hear is made here. A question for a name is answered, or dropped, alone. Take the extra frames afterwards.
    /// </summary>
    /// <param name="frame">Decided and translated; on Reflect the answer to its sender.</param>
    /// <param name="verdict">What was decided on it.</param>
    /// <param name="isIpv6">In which table its flow is.</param>
    /// <param name="flowIndex">Its flow.</param>
    /// <param name="treatment">What the rules say; not to pass.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    /// <returns>The frame's verdict.</returns>
    public Verdict Refuse(ref FrameDescriptor frame, Verdict verdict, bool isIpv6, uint flowIndex, FlowTreatment treatment, long nowMs)
    {
        RefuseFlow(isIpv6, flowIndex, treatment);
        State.Drops.Add(DropReason.HostRefused);
        return _slowPath.Refusal.TakeBack(ref frame, verdict, isIpv6, flowIndex) ? _slowPath.Refusal.Answer(ref frame, isIpv6, flowIndex, treatment, nowMs) : Verdict.Drop;
    }

    /// <summary>As <see cref="Refuse"/>, where no frame is at hand.</summary>
    public void RefuseFlow(bool isIpv6, uint flowIndex, FlowTreatment treatment)
    {
        if (treatment is not (FlowTreatment.NameError or FlowTreatment.PortalAddress))
            State.Hosts?.Refuse(isIpv6, flowIndex, treatment);
    }

    /// <summary>Ends what has expired, and makes the answers that are due. Call once a burst or tick, and take the extra frames afterwards.</summary>
    /// <param name="nowMs">Shard clock, ms.</param>
    /// <returns>True when there is more to do now.</returns>
    public bool Advance(long nowMs)
    {
        _slowPath.Advance(nowMs);
        return State.Advance(nowMs);
    }

    /// <summary>Gives up all fragments that still wait for their first one: nothing will come any more.</summary>
    public void Drain() => _slowPath.GiveUpHeld(long.MaxValue);

    /// <summary>
    /// Moves out the frames that leave beside those of the burst, in order: later fragments, fragments that waited, answers that were due. Send them after the burst,
    /// as if they had been in it; their chunks are the caller's.
    /// </summary>
    /// <param name="frames">Room for a burst.</param>
    /// <param name="verdicts">Room for a burst.</param>
    /// <returns>Their number.</returns>
    public int TakeExtras(Span<FrameDescriptor> frames, Span<Verdict> verdicts)
    {
        int count = _slowPath.TakeExtras(frames, verdicts);
        _ipv6.ProcessDecided(frames[..count], verdicts[..count]);
        return count;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        State.Dispose();
        _slowPath.Dispose();
        _slots.Dispose();
        _slow.Dispose();
        _ipv6.Dispose();
        _ipv6Indices.Dispose();
        _ipv6Flows.Dispose();
    }

    // Without a branch for each frame: in a mixed burst it would be mispredicted half of the time.
    private int FindIpv6(ReadOnlySpan<FrameDescriptor> frames)
    {
        int count = 0;
        Span<ushort> indices = _ipv6Indices.Span;
        for (int i = 0; i < frames.Length; i++)
        {
            indices[count] = (ushort)i;
            count += frames[i].Kind == PacketKind.IPv6 ? 1 : 0;
        }

        return count;
    }

    /// <summary>The hot path: a plain packet of a steady, current, living flow. Continue leaves frame and flow untouched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One caller, the third pass.
    private Verdict TryTranslate(ref FrameDescriptor frame, uint slot, uint now, ref uint timeouts, long nowMs)
    {
        if (slot == FlowTable.None || frame.Kind != PacketKind.Flow)
            return Verdict.Continue;

        ref FlowRecord flow = ref State.Flows.Flow(slot >> 1);
        uint side = slot & 1;
        if ((uint)frame.Key.Side != side || !FlowRecord.Matches(in flow, in frame.Key, side))
            return Verdict.Continue;

        byte state = (byte)flow.State;
        if (((state & SteadyBit) == 0 && !IsStream(in flow, side)) || (frame.TcpFlags & TcpStateFlags) != 0
            || now - flow.LastSeenMs >= Unsafe.Add(ref timeouts, (nint)state)
            || (flow.Flags & (FlowFlags.Hairpin | FlowFlags.Helper)) != FlowFlags.None || (frame.Flags & FrameFlags.Hairpinned) != FrameFlags.None)
        {
            return Verdict.Continue;
        }

        ref UserGate gate = ref State.Users.Gate(flow.UserIndex);
        uint path = side == (uint)Side.Lan ? flow.PathIndex : gate.PathIndex;
        Span<byte> bytes = _umem.Frame(frame.FrameOffset, frame.LengthBytes);
        uint l3Bytes = L3Bytes(bytes, in frame);
        if (flow.PathGeneration != State.Paths[flow.PathIndex].Generation || !Fits(l3Bytes, State.Paths[path].MtuBytes, in flow, side)
            || Ttl(bytes, frame.L3Offset) <= 1 || (flow.PolicyStamp != gate.PolicyStamp && !State.Policies.TryFollow(ref flow, slot >> 1)))
        {
            return Verdict.Continue;
        }

        if ((flow.Flags & FlowFlags.Policed) != FlowFlags.None && !State.Policies.TryPolice(isIpv6: false, slot >> 1, flow.UserIndex, frame.Key.Side, bytes[frame.L3Offset..], l3Bytes, nowMs))
            return DropOverRate();
        FlowAccounting.Count(ref flow, State, slot, l3Bytes, now);
        FlowTranslation.Apply(bytes, in frame, in flow, side);
        frame.PathIndex = path;
        return Verdict.Forward;
    }

    // UDP that its inside end goes on sending and nobody answers, as telemetry and much of video is: an answer would change it, a packet more does not.
    private static bool IsStream(ref readonly FlowRecord flow, uint side) =>
        flow.State is FlowState.UdpOneWay or FlowState.UdpShortOneWay && side == (uint)Side.Lan && flow.PacketsOutLow > OfferBuilder.OneWayPacketsMin;

    [MethodImpl(MethodImplOptions.NoInlining)] // Policed flows only.
    private Verdict DropOverRate()
    {
        State.Drops.Add(DropReason.RateExceeded);
        return Verdict.Drop;
    }

    // What NAT64 makes longer needs a closer look; without NAT64 that is one comparison.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One caller, the hot path.
    private bool Fits(uint l3Bytes, uint mtuBytes, ref readonly FlowRecord flow, uint side) =>
        l3Bytes + _familyGrowthBytes <= mtuBytes || (l3Bytes <= mtuBytes && (side == (uint)Side.Lan || !StandInAddress.Is(flow.InsideAddrBe)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One load; the parser vouches for the header.
    private static byte Ttl(ReadOnlySpan<byte> bytes, byte l3Offset) => Unsafe.Add(ref MemoryMarshal.GetReference(bytes), l3Offset + 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One load; the parser vouches for the header.
    private static uint L3Bytes(ReadOnlySpan<byte> bytes, ref readonly FrameDescriptor frame)
    {
        ushort total = BinaryPrimitives.ReverseEndianness(
            Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref MemoryMarshal.GetReference(bytes), frame.L3Offset + 2)));
        return total != 0 ? total : (uint)(frame.LengthBytes - frame.L3Offset); // 0: a captured segmentation-offload frame.
    }
}
