using System.Runtime.CompilerServices;
using Natflow.Core;
using Natflow.Flows.Hosts;
using Natflow.Flows.Table;
using Natflow.Memory;
using Natflow.Packets;

namespace Natflow.Flows.Shards;

/// <summary>What senders of dropped packets hear: ICMP errors at once, and the late refusal of unwanted SYNs (RFC 5382 REQ-4).</summary>
/// <remarks>Owner thread only; no allocation.</remarks>
internal sealed class DropAnswers(ShardState shard, Umem umem, IcmpResponder responder, ExtraFrames extras, ChunkPool? chunks, HostRefusal refusal) : IDisposable
{
    private readonly TcpAnswers _tcp = new(shard, umem);
    private readonly HeldSyns _syns = new((long)shard.Settings.UnsolicitedSynSilence.TotalMilliseconds);

    /// <summary>Answers a drop that deserves it: at once by ICMP, or after the silence that an unwanted SYN gets.</summary>
    /// <param name="frame">Dropped; on Reflect the answer.</param>
    /// <param name="bytes">The frame.</param>
    /// <param name="reason">Why it was dropped.</param>
    /// <param name="mtuBytes">MTU of the way that it was too big for.</param>
    /// <param name="nowMs">Shard clock.</param>
    internal Verdict Answer(ref FrameDescriptor frame, ReadOnlySpan<byte> bytes, DropReason reason, ushort mtuBytes, long nowMs)
    {
        if (reason == DropReason.HostRefused)
            return refusal.Answer(ref frame, isIpv6: false, shard.Hosts!.LastRefused, shard.Policies.Treatment, nowMs);
        if (reason == DropReason.LoginRequired && frame.Key.Side == Side.Lan && frame.Key.Protocol == IpProtocol.Tcp)
            return TryAnswerTcp(ref frame, nowMs) ? Verdict.Reflect : Verdict.Drop;
        if (responder.TryReport(ref frame, reason, mtuBytes, nowMs))
            return Verdict.Reflect;
        bool isUnwantedSyn = reason is DropReason.NoMapping or DropReason.Filtered && frame.Kind == PacketKind.Flow && frame.Key.Side == Side.Wan
            && frame.Key.Protocol == IpProtocol.Tcp && (frame.TcpFlags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Rst)) == TcpFlags.Syn
            && (frame.Flags & FrameFlags.Hairpinned) == FrameFlags.None;
        if (isUnwantedSyn && chunks != null && shard.Settings.RefuseUnsolicitedSyn && shard.Settings.IcmpErrorsOutside)
            _syns.Hold(in frame, bytes, nowMs);
        return Verdict.Drop;
    }

    /// <summary>Refuses the SYNs whose silence is over. Bounded by the ring's size.</summary>
    internal void Advance(long nowMs)
    {
        if (_syns.Count != 0)
            RefuseDueSyns(nowMs);
    }

    /// <inheritdoc />
    public void Dispose() => _syns.Dispose();

    [MethodImpl(MethodImplOptions.NoInlining)] // Rare: the buffer is cleared at each call.
    private void RefuseDueSyns(long nowMs)
    {
        Span<byte> header = stackalloc byte[HeldSyns.HeaderBytesMax];
        while (extras.Room != 0 && _syns.TryTakeDue(nowMs, out FrameDescriptor syn, header))
            RefuseSyn(ref syn, header, nowMs);
    }

    private bool TryAnswerTcp(ref FrameDescriptor frame, long nowMs)
    {
        uint user = shard.Users.Find(frame.Key.SrcAddrBe, frame.Key.Zone);
        return user != FlowTable.None && _tcp.TryAnswer(ref frame, user, shard.Policies.Treatment, nowMs);
    }

    // A flow that was opened meanwhile means that the SYN was half of a simultaneous open: it is forgotten.
    private void RefuseSyn(ref FrameDescriptor syn, ReadOnlySpan<byte> header, long nowMs)
    {
        uint slot = shard.Flows.Find(in syn.Key, shard.Hash.Of(in syn.Key));
        bool isWanted = slot != FlowTable.None && !shard.IsExpired(in shard.Flows.Flow(slot >> 1), nowMs);
        if (isWanted || !chunks!.TryRent(out uint chunk))
            return;
        syn.FrameOffset = chunk + Umem.HeadroomBytes;
        umem.Chunk(chunk)[..Umem.HeadroomBytes].Clear();
        header[..syn.LengthBytes].CopyTo(umem.Frame(syn.FrameOffset, syn.LengthBytes));
        if (responder.TryRefuseSyn(ref syn, nowMs))
            extras.Add(in syn, Verdict.Reflect);
        else
            chunks.Return(chunk);
    }
}
