using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Table;
using Natflow.Packets;
using Natflow.Packets.Icmp;
using Natflow.Packets.Ip;

namespace Natflow.Gateway.Replay;

/// <summary>Tells which side a recorded frame came from, and which conversation it belongs to.</summary>
/// <remarks>
/// With LAN prefixes, by address. Without, who begins a conversation is the subscriber; where the capture begins in the middle, a SYN with ACK and an
/// echo reply still tell. A frame to a public address comes from outside, unless its sender has a private address (RFC 1918, RFC 6598).
/// </remarks>
internal sealed class CaptureClassifier(ReplaySettings settings, PublicPool pool, WireTable wire)
{
    private static readonly Ipv4Prefix[] PrivatePrefixes = [.. new[] { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10" }.Select(Parse)];

    private readonly Ipv4Prefix[] _lanPrefixes = [.. settings.LanPrefixes];

    /// <summary>Classifies a frame with a whole key: TCP, UDP, ICMP query, first fragment.</summary>
    /// <param name="frame">Parsed as if from inside.</param>
    /// <param name="entry">The conversation's entry; <see cref="FlowTable.None"/> for a frame to a public address.</param>
    internal CaptureDirection ClassifyFlow(ref readonly FrameDescriptor frame, out uint entry)
    {
        FlowKey outbound = frame.Key;
        FlowKey inbound = Reverse(in outbound);
        entry = FlowTable.None;
        if (IsToPublic(in outbound))
            return CaptureDirection.ToPublic;
        if (_lanPrefixes.Length != 0)
        {
            bool fromInside = IsLan(outbound.SrcAddrBe) || !IsLan(outbound.DstAddrBe);
            entry = FindOrAdd(fromInside ? outbound : inbound);
            return fromInside ? CaptureDirection.FromInside : CaptureDirection.ToInside;
        }

        entry = wire.Find(in outbound);
        if (entry != FlowTable.None)
            return CaptureDirection.FromInside;
        entry = wire.Find(in inbound);
        if (entry != FlowTable.None)
            return CaptureDirection.ToInside;
        bool answers = IsAnswer(in frame);
        entry = wire.Add(answers ? inbound : outbound);
        return answers ? CaptureDirection.ToInside : CaptureDirection.FromInside;
    }

    /// <summary>Classifies an ICMP error by the packet it quotes.</summary>
    /// <param name="frame">Parsed as if from inside.</param>
    /// <param name="quote">What it quotes.</param>
    /// <param name="entry">The quoted conversation, or <see cref="FlowTable.None"/>.</param>
    internal CaptureDirection ClassifyError(ref readonly FrameDescriptor frame, in IcmpErrorQuote quote, out uint entry)
    {
        entry = FlowTable.None;
        if (IsToPublic(in frame.Key))
            return CaptureDirection.ToPublic;
        if (!quote.HasPorts)
            return ClassifyOther(in frame.Key);

        bool isQuery = quote.Protocol == IpProtocol.Icmp;
        var quoted = new FlowKey(
            quote.SrcAddrBe, quote.DstAddrBe, quote.SrcPortBe, isQuery ? (ushort)0 : quote.DstPortBe, 0, quote.Protocol, Side.Lan);
        entry = wire.Find(in quoted);
        if (entry != FlowTable.None)
            return CaptureDirection.ToInside;
        FlowKey reversed = isQuery ? quoted with { SrcAddrBe = quoted.DstAddrBe, DstAddrBe = quoted.SrcAddrBe } : Reverse(in quoted);
        entry = wire.Find(in reversed);
        return CaptureDirection.FromInside;
    }

    /// <summary>Classifies a packet without ports, by its addresses alone.</summary>
    internal CaptureDirection ClassifyOther(ref readonly FlowKey key)
    {
        if (IsToPublic(in key))
            return CaptureDirection.ToPublic;
        return IsLan(key.DstAddrBe) && !IsLan(key.SrcAddrBe) ? CaptureDirection.ToInside : CaptureDirection.FromInside;
    }

    private static Ipv4Prefix Parse(string text) =>
        Ipv4Prefix.TryParse(text, out Ipv4Prefix prefix, out string? error) ? prefix : throw new FormatException(error);

    // An ICMP query's identifier stays in the first port, whoever sends.
    private static FlowKey Reverse(in FlowKey key) => key.Protocol == IpProtocol.Icmp
        ? key with { SrcAddrBe = key.DstAddrBe, DstAddrBe = key.SrcAddrBe }
        : key with { SrcAddrBe = key.DstAddrBe, DstAddrBe = key.SrcAddrBe, SrcPortBe = key.DstPortBe, DstPortBe = key.SrcPortBe };

    private static bool IsAnswer(ref readonly FrameDescriptor frame) => frame.Key.Protocol switch
    {
        IpProtocol.Tcp => (frame.TcpFlags & (TcpFlags.Syn | TcpFlags.Ack)) == (TcpFlags.Syn | TcpFlags.Ack),
        IpProtocol.Icmp => IcmpType.IsReply(frame.TcpFlags),
        _ => false,
    };

    private bool IsToPublic(in FlowKey key)
    {
        if (pool.IndexOf(key.DstAddrBe) < 0)
            return false;
        uint source = BinaryPrimitives.ReverseEndianness(key.SrcAddrBe);
        return !Array.Exists(_lanPrefixes.Length != 0 ? _lanPrefixes : PrivatePrefixes, prefix => prefix.Contains(source));
    }

    private bool IsLan(uint addressBe)
    {
        uint address = BinaryPrimitives.ReverseEndianness(addressBe);
        return Array.Exists(_lanPrefixes, prefix => prefix.Contains(address));
    }

    private uint FindOrAdd(in FlowKey key)
    {
        uint entry = wire.Find(in key);
        return entry != FlowTable.None ? entry : wire.Add(in key);
    }
}
