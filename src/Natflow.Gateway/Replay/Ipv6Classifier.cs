using Natflow.Core;
using Natflow.Flows.Table;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Packets.Icmp;
using Natflow.Packets.Ip;

namespace Natflow.Gateway.Replay;

/// <summary>Tells for recorded IPv6 packets which end is the subscriber's: the initiator's (its address says nothing, for nothing was translated).</summary>
/// <remarks>One thread. Conversations are known by hashes of their addresses: two that collide could only be told apart wrongly, never mixed.</remarks>
internal sealed class Ipv6Classifier(Umem umem, FlowHash hash) : IDisposable
{
    private readonly WireTable _table = new(hash);

    /// <summary>Tells where a frame came from.</summary>
    /// <param name="frame">IPv6, parsed as if from inside.</param>
    internal CaptureDirection Classify(ref readonly FrameDescriptor frame)
    {
        Span<byte> bytes = umem.Frame(frame.FrameOffset, frame.LengthBytes);
        Span<byte> header = bytes[frame.L3Offset..];
        Ipv6Address source = Ipv6Address.Read(header[Ipv6Rewriter.SrcOffset..]);
        Ipv6Address destination = Ipv6Address.Read(header[Ipv6Rewriter.DstOffset..]);
        byte protocol = frame.Key.Protocol;
        if (protocol == IpProtocol.IcmpV6 && frame.L4Offset != 0 && Icmpv6Type.IsError(frame.TcpFlags))
            return ClassifyError(bytes, in frame);

        FlowKey outbound = KeyOf(in source, in destination, frame.Key.SrcPortBe, frame.Key.DstPortBe, protocol);
        if (_table.Find(in outbound) != FlowTable.None)
            return CaptureDirection.FromInside;
        FlowKey inbound = Reverse(in outbound);
        if (_table.Find(in inbound) != FlowTable.None)
            return CaptureDirection.ToInside;

        bool answers = IsAnswer(in frame);
        _ = _table.Add(answers ? inbound : outbound);
        return answers ? CaptureDirection.ToInside : CaptureDirection.FromInside;
    }

    public void Dispose() => _table.Dispose();

    private CaptureDirection ClassifyError(ReadOnlySpan<byte> bytes, ref readonly FrameDescriptor frame)
    {
        if (Icmpv6ErrorParser.TryParse(bytes, frame.L3Offset, out Icmpv6ErrorQuote quote) != DropReason.None)
            return CaptureDirection.FromInside;
        ushort dstPortBe = quote.Protocol == IpProtocol.IcmpV6 ? (ushort)0 : quote.DstPortBe;
        FlowKey quoted = KeyOf(quote.Src, quote.Dst, quote.SrcPortBe, dstPortBe, quote.Protocol);
        return _table.Find(in quoted) != FlowTable.None ? CaptureDirection.ToInside : CaptureDirection.FromInside;
    }

    private FlowKey KeyOf(in Ipv6Address source, in Ipv6Address destination, ushort srcPortBe, ushort dstPortBe, byte protocol) => new(
        hash.OfIpv6(in source, default, 0), hash.OfIpv6(in destination, default, 0), srcPortBe, dstPortBe, 0, protocol, Side.Lan);

    // An echo's identifier stays in the first port, whoever sends.
    private static FlowKey Reverse(in FlowKey key) => key.Protocol == IpProtocol.IcmpV6
        ? key with { SrcAddrBe = key.DstAddrBe, DstAddrBe = key.SrcAddrBe }
        : key with { SrcAddrBe = key.DstAddrBe, DstAddrBe = key.SrcAddrBe, SrcPortBe = key.DstPortBe, DstPortBe = key.SrcPortBe };

    private static bool IsAnswer(ref readonly FrameDescriptor frame) => frame.Key.Protocol switch
    {
        IpProtocol.Tcp => (frame.TcpFlags & (TcpFlags.Syn | TcpFlags.Ack)) == (TcpFlags.Syn | TcpFlags.Ack),
        IpProtocol.IcmpV6 => frame.TcpFlags == Icmpv6Type.EchoReply,
        _ => false,
    };
}
