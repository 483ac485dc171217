using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Alg.Ftp;
using Natflow.Flows.Alg.Sip;
using Natflow.Flows.Alg.Tftp;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Memory;
using Natflow.Packets;

namespace Natflow.Flows.Alg;

/// <summary>Takes the packets of flows with an application level gateway, after address translation: payload first, then TCP sequence numbers.</summary>
/// <remarks>Owner thread only. Fragments are never rewritten: their checksum lies elsewhere.</remarks>
internal sealed class AlgPath(ShardState shard, Umem umem) : IDisposable
{
    private readonly AlgState _alg = shard.Alg;
    private readonly FtpAlg _ftp = new(shard.Alg);
    private readonly SipAlg _sip = new(shard.Alg);
    private readonly TftpAlg _tftp = new(shard.Alg);

    /// <summary>Handles one translated packet of a flow with the helper flag.</summary>
    /// <param name="frame">Its descriptor; the length may change.</param>
    /// <param name="slot">Flow index × 2 + side.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <returns>A reason only where passing the packet would spoil its stream.</returns>
    public DropReason OnTranslated(ref FrameDescriptor frame, uint slot, long nowMs)
    {
        if (frame.Kind != PacketKind.Flow)
        {
            _alg.Counters.Split++;
            return DropReason.None;
        }

        ref FlowRecord flow = ref _alg.FlowOf(slot);
        if (flow.Protocol == IpProtocol.Tcp)
            return OnTcp(ref frame, slot, nowMs);
        OnDatagram(ref frame, slot, _alg.KindOf(in flow), nowMs);
        return DropReason.None;
    }

    /// <inheritdoc />
    public void Dispose() => _sip.Dispose();

    private DropReason OnTcp(ref FrameDescriptor frame, uint slot, long nowMs)
    {
        uint index = _alg.Flows.Find(slot >> 1);
        if (index == FlowTable.None)
            return DropReason.None;

        ref AlgFlow state = ref _alg.Flows[index];
        bool isOut = (slot & 1) == (uint)Side.Lan;
        ref SequenceEdits own = ref isOut ? ref state.Out : ref state.In;
        ref SequenceEdits other = ref isOut ? ref state.In : ref state.Out;
        Span<byte> segment = umem.Frame(frame.FrameOffset, frame.LengthBytes)[frame.L4Offset..];
        uint seq = BinaryPrimitives.ReadUInt32BigEndian(segment[4..]);
        if ((frame.TcpFlags & TcpFlags.Syn) != 0)
        {
            own.Open(seq + 1);
        }
        else if (own.IsOpen && PayloadEditor.TryOpen(umem, in frame, _alg.PacketBytesMax, out PayloadEditor editor))
        {
            DropReason reason = Rewrite(ref editor, state.Kind, ref own, slot, seq, isOut, nowMs);
            if (reason != DropReason.None)
                return reason;
            editor.Close(ref frame);
        }

        TcpSequence.Adjust(segment, ref own, in other);
        return DropReason.None;
    }

    private DropReason Rewrite(
        ref PayloadEditor editor, AlgKind kind, ref SequenceEdits own, uint slot, uint seq, bool isOut, long nowMs)
    {
        if (kind == AlgKind.Sip)
            return _sip.RewriteSegment(ref editor, ref own, slot, seq, nowMs);
        return isOut ? _ftp.Rewrite(ref editor, ref own, slot, seq, nowMs) : DropReason.None;
    }

    private void OnDatagram(ref FrameDescriptor frame, uint slot, AlgKind kind, long nowMs)
    {
        if (!PayloadEditor.TryOpen(umem, in frame, _alg.PacketBytesMax, out PayloadEditor editor))
            return;
        if (kind == AlgKind.Sip)
        {
            _sip.RewriteDatagram(ref editor, slot, nowMs);
            editor.Close(ref frame);
        }
        else if ((slot & 1) == (uint)Side.Lan)
        {
            _tftp.OnRequest(editor.Payload, slot, nowMs);
        }
    }
}
