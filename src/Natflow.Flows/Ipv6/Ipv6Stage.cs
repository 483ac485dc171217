using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Hosts;
using Natflow.Flows.Offers;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Packets.Ip;

namespace Natflow.Flows.Ipv6;

/// <summary>
/// Takes the IPv6 frames of a burst through lookup and forwarding, in the passes of <see cref="FlowShard"/>: buckets, flows, then the decision. What is no
/// plain packet of a steady flow goes to <see cref="Ipv6SlowPath"/>, in order. NAT64 is at both ends: before NAT44 frames become IPv4, after it IPv6.
/// </summary>
/// <remarks>Owner thread only; nothing here allocates.</remarks>
internal sealed class Ipv6Stage : IDisposable
{
    private const byte TcpStateFlags = TcpFlags.Fin | TcpFlags.Syn | TcpFlags.Rst;
    private const byte SteadyBit = 0x80;
    private const int PayloadLengthOffset = 4;

    /// <summary>Stands for the flow of a frame that is not IPv6, or is so no more.</summary>
    internal const uint NotIpv6 = FlowTable.None - 1;

    private readonly ShardState _shard;
    private readonly Ipv6State _ipv6;
    private readonly Umem _umem;
    private readonly Ipv6SlowPath _slowPath;
    private readonly Nat64Path? _nat64;
    private readonly NativeArray<uint> _candidates = new(FrameDescriptor.BurstMax);
    private readonly NativeArray<ushort> _slow = new(FrameDescriptor.BurstMax);

    internal Ipv6Stage(ShardState shard, Umem umem, HostRefusal refusal)
    {
        _shard = shard;
        _ipv6 = shard.Ipv6;
        _umem = umem;
        _nat64 = shard.Ipv6.Nat64 is { } prefix ? new Nat64Path(shard, umem, prefix) : null;
        _slowPath = new Ipv6SlowPath(shard, umem, _nat64, refusal);
    }

    /// <summary>Decides the IPv6 frames of a burst.</summary>
    /// <param name="frames">The burst.</param>
    /// <param name="indices">Positions of IPv6 frames in it, ascending.</param>
    /// <param name="flowsOf">Receives the flows that they went by, one a frame of the burst.</param>
    /// <param name="verdicts">Receives their verdicts, but for frames that have become IPv4 and go on.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    internal void Process(Span<FrameDescriptor> frames, ReadOnlySpan<ushort> indices, Span<uint> flowsOf, Span<Verdict> verdicts, long nowMs)
    {
        Ipv6FlowTable flows = _ipv6.Flows;
        foreach (ushort index in indices)
            flows.PrefetchBucket(frames[index].Hash);
        Span<uint> candidates = _candidates.Span[..indices.Length];
        for (int i = 0; i < indices.Length; i++)
            candidates[i] = flows.PrefetchCandidate(frames[indices[i]].Hash);

        int slowCount = 0;
        uint now = (uint)nowMs;
        ref uint timeouts = ref MemoryMarshal.GetReference(_shard.TimeoutsMs);
        for (int i = 0; i < indices.Length; i++)
        {
            ushort index = indices[i];
            Verdict verdict = TryForward(ref frames[index], candidates[i], now, ref timeouts, nowMs);
            flowsOf[index] = candidates[i];
            if (verdict != Verdict.Continue)
                verdicts[index] = verdict;
            else
                _slow[(uint)slowCount++] = index;
        }

        foreach (ushort index in _slow.Span[..slowCount])
            verdicts[index] = _slowPath.Process(ref frames[index], nowMs, out flowsOf[index]);
    }

    /// <summary>Turns frames that NAT44 has decided to send to a stand-in address into IPv6.</summary>
    internal void ProcessDecided(Span<FrameDescriptor> frames, Span<Verdict> verdicts)
    {
        if (_nat64 is not { } nat64)
            return;
        for (int i = 0; i < frames.Length; i++)
        {
            ref FrameDescriptor frame = ref frames[i];
            if (frame.Kind is PacketKind.Flow or PacketKind.Fragment or PacketKind.IcmpError or PacketKind.OtherIPv4)
                verdicts[i] = nat64.AfterNat44(ref frame, verdicts[i]);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _candidates.Dispose();
        _slow.Dispose();
    }

    // As FlowShard's.
    private static bool IsStream(ref readonly Ipv6FlowRecord flow, Side side) =>
        flow.State is FlowState.UdpOneWay or FlowState.UdpShortOneWay && side == Side.Lan && flow.PacketsOut > OfferBuilder.OneWayPacketsMin;

    /// <summary>The hot path: a plain packet of a steady, current, living flow that nothing translates. Continue leaves frame and flow untouched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One caller, the third pass.
    private Verdict TryForward(ref FrameDescriptor frame, uint candidate, uint now, ref uint timeouts, long nowMs)
    {
        // With the transport right behind the fixed header there is no extension header, so no fragment.
        if (candidate == FlowTable.None || frame.L4Offset - frame.L3Offset != Ipv6HeaderWalker.Ipv6Bytes
            || frame.Key.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp))
        {
            return Verdict.Continue;
        }

        ref byte header = ref Unsafe.Add(ref MemoryMarshal.GetReference(_umem.Frame(frame.FrameOffset, frame.LengthBytes)), frame.L3Offset);
        ref Ipv6FlowRecord flow = ref _ipv6.Flows.Flow(candidate);
        if (!Ipv6FlowRecord.Matches(in flow, ref header, in frame.Key))
            return Verdict.Continue;

        byte state = (byte)flow.State;
        uint bytes = LengthBytes(ref header, in frame);
        ref byte hopLimit = ref Unsafe.Add(ref header, Ipv6Rewriter.HopLimitOffset);
        if (((state & SteadyBit) == 0 && !IsStream(in flow, frame.Key.Side)) || (frame.TcpFlags & TcpStateFlags) != 0
            || now - flow.LastSeenMs >= Unsafe.Add(ref timeouts, (nint)state)
            || (flow.Flags & (Ipv6FlowFlags.Translated | Ipv6FlowFlags.Helper)) != Ipv6FlowFlags.None)
        {
            return Verdict.Continue;
        }

        ref UserGate gate = ref _shard.Users.Gate(flow.UserIndex);
        uint path = frame.Key.Side == Side.Lan ? flow.PathIndex : gate.PathIndex;
        if (flow.PathGeneration != _shard.Paths[flow.PathIndex].Generation || bytes > _shard.Paths[path].MtuBytes || hopLimit <= 1
            || (flow.PolicyStamp != gate.PolicyStamp && !_shard.Policies.TryFollow(ref flow, candidate)))
        {
            return Verdict.Continue;
        }

        if ((flow.Flags & Ipv6FlowFlags.Policed) != Ipv6FlowFlags.None && IsOverRate(in frame, candidate, flow.UserIndex, bytes, nowMs))
            return Verdict.Drop;
        hopLimit--;
        Ipv6Accounting.Count(ref flow, frame.Key.Side, bytes, now);
        Ipv6Accounting.CountForwarded(ref _ipv6.Counters, frame.Key.Side, bytes);
        _shard.Counters.Untranslated++;
        frame.PathIndex = path;
        return Verdict.ForwardUntranslated;
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // Policed flows only.
    private bool IsOverRate(ref readonly FrameDescriptor frame, uint flowIndex, uint userIndex, uint bytes, long nowMs)
    {
        Span<byte> packet = _umem.Frame(frame.FrameOffset, frame.LengthBytes)[frame.L3Offset..];
        if (_shard.Policies.TryPolice(isIpv6: true, flowIndex, userIndex, frame.Key.Side, packet, bytes, nowMs))
            return false;
        _shard.Drops.Add(DropReason.RateExceeded);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One load; the parser vouches for the header.
    private static uint LengthBytes(ref byte header, ref readonly FrameDescriptor frame)
    {
        ushort payloadBytes = Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref header, PayloadLengthOffset));
        return payloadBytes != 0
            ? Ipv6HeaderWalker.Ipv6Bytes + (uint)(BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(payloadBytes) : payloadBytes)
            : (uint)(frame.LengthBytes - frame.L3Offset); // 0: a captured segmentation-offload frame.
    }
}
