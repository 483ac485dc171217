using System.Buffers.Binary;
using System.Runtime.InteropServices;

using Natflow.Core;
using Natflow.Inspect.Apps;
using Natflow.Inspect.Reassembly;
using Natflow.Packets.Ip;

namespace Natflow.Inspect.Observe;

/// <summary>Brings frames and packets to an inspector: walks their headers, puts fragments together. As patient as a network analyst's tools. One owner thread.</summary>
/// <remarks>What is inside a tunnel (IP in IP, GRE, VXLAN, GTP) is not looked at: the gateway forwards the outer packet. Checksums are not judged.</remarks>
public sealed class PacketObserver : IDisposable
{
    private const int HeadersMax = 16;
    private const int TcpBytesMin = 20;
    private const int UdpBytes = 8;

    private readonly Inspector _inspector;
    private readonly FragmentStore _fragments;
    private readonly AppObserver? _apps;

    /// <summary>Reserves memory for fragments.</summary>
    /// <param name="inspector">Receives segments and datagrams; the caller disposes of it.</param>
    /// <param name="settings">The inspector's.</param>
    /// <param name="apps">Receives the same, and what the inspector made of them; null where nobody asked.</param>
    public PacketObserver(Inspector inspector, InspectorSettings settings, AppObserver? apps = null)
    {
        _inspector = inspector;
        _apps = apps;
        _fragments = new FragmentStore(settings.FragmentedDatagrams, new FlowHash(settings.Seed), inspector.Counters);
    }

    /// <summary>Handles an Ethernet frame.</summary>
    /// <param name="frame">As captured: it may end early.</param>
    /// <param name="nowNs">Time of the frame.</param>
    /// <param name="zone">Goes into the flow's ends.</param>
    public InspectOutcome OnFrame(ReadOnlySpan<byte> frame, long nowNs, ushort zone = 0) =>
        LinkLayers.TryFindPacket(frame, out ReadOnlySpan<byte> packet) ? OnPacket(packet, nowNs, zone) : InspectOutcome.Done;

    /// <summary>Handles an IP packet.</summary>
    /// <param name="packet">From the IP header on; what follows the packet (padding) is cut off.</param>
    /// <param name="nowNs">Time of the packet.</param>
    /// <param name="zone">Goes into the flow's ends.</param>
    public InspectOutcome OnPacket(ReadOnlySpan<byte> packet, long nowNs, ushort zone = 0)
    {
        if (packet.Length < Ipv4Header.BytesMin) return InspectOutcome.Done;
        return (packet[0] >> 4) switch
        {
            4 => OnIpv4(packet, nowNs, zone),
            6 when packet.Length >= Ipv6HeaderWalker.Ipv6Bytes => OnIpv6(packet, nowNs, zone),
            _ => InspectOutcome.Done,
        };
    }

    /// <inheritdoc />
    public void Dispose() => _fragments.Dispose();

    private InspectOutcome OnIpv4(ReadOnlySpan<byte> packet, long nowNs, ushort zone)
    {
        int headerBytes = (packet[0] & 0x0F) * 4;
        int totalBytes = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (totalBytes == 0) totalBytes = packet.Length; // Segmentation offload on the capturing host.
        if (headerBytes < Ipv4Header.BytesMin || headerBytes > Math.Min(packet.Length, totalBytes)) return InspectOutcome.Done;
        if (totalBytes < packet.Length) packet = packet[..totalBytes];

        var ends = new FlowEnds(
            FlowEnds.Map(MemoryMarshal.Read<uint>(packet[12..])), FlowEnds.Map(MemoryMarshal.Read<uint>(packet[16..])), 0, 0, packet[9], IsIpv6: false, zone);
        int fragmentWord = BinaryPrimitives.ReadUInt16BigEndian(packet[6..]);
        ReadOnlySpan<byte> payload = packet[headerBytes..];
        bool hasMore = (fragmentWord & Ipv4Header.MoreFragments) != 0;
        int offset = (fragmentWord & Ipv4Header.OffsetMask) * 8;
        if (!hasMore && offset == 0) return OnPayload(in ends, packet[9], payload, nowNs);

        var key = new FragmentKey(ends.Client, ends.Server, BinaryPrimitives.ReadUInt16BigEndian(packet[4..]), packet[9], IsIpv6: false);
        return _fragments.TryComplete(in key, offset, hasMore, packet[9], payload, out ReadOnlySpan<byte> datagram, out byte protocol)
            ? OnPayload(in ends, protocol, datagram, nowNs)
            : InspectOutcome.Pending;
    }

    private InspectOutcome OnIpv6(ReadOnlySpan<byte> packet, long nowNs, ushort zone)
    {
        int payloadBytes = BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        ReadOnlySpan<byte> payload = packet[Ipv6HeaderWalker.Ipv6Bytes..];
        if (payloadBytes > 0 && payloadBytes < payload.Length) payload = payload[..payloadBytes]; // 0 is a jumbogram (RFC 2675) or a segmentation offload.
        var ends = new FlowEnds(Ipv6Address.Read(packet[8..]), Ipv6Address.Read(packet[24..]), 0, 0, 0, IsIpv6: true, zone);
        return OnPayload(in ends, packet[6], payload, nowNs);
    }

    // Extension headers of IPv6, and the authentication header of both families, stand before the transport.
    private InspectOutcome OnPayload(in FlowEnds ends, byte protocol, ReadOnlySpan<byte> payload, long nowNs)
    {
        for (int count = 0; count < HeadersMax; count++)
        {
            switch (protocol)
            {
                case IpProtocol.Tcp:
                    return OnTcp(in ends, payload, nowNs);
                case IpProtocol.Udp:
                    return OnUdp(in ends, payload, nowNs);
                case IpProtocol.Fragment when ends.IsIpv6:
                    if (!TryDefragment(in ends, ref protocol, ref payload)) return InspectOutcome.Pending;
                    break;
                case IpProtocol.Ah:
                    if (!TrySkip(ref protocol, ref payload, 4, 2)) return InspectOutcome.Done;
                    break;
                case IpProtocol.HopByHop or IpProtocol.Routing or IpProtocol.DestinationOptions or IpProtocol.Mobility or IpProtocol.Hip or IpProtocol.Shim6
                    when ends.IsIpv6:
                    if (!TrySkip(ref protocol, ref payload, 8, 1)) return InspectOutcome.Done;
                    break;
                default:
                    _apps?.OnPacket(ends with { Protocol = protocol }, default, 0, nowNs);
                    return InspectOutcome.Done;
            }
        }

        return InspectOutcome.Done;
    }

    private bool TryDefragment(in FlowEnds ends, ref byte protocol, ref ReadOnlySpan<byte> payload)
    {
        if (payload.Length < Ipv6HeaderWalker.FragmentHeaderBytes) return false;
        int word = BinaryPrimitives.ReadUInt16BigEndian(payload[2..]);
        var key = new FragmentKey(ends.Client, ends.Server, BinaryPrimitives.ReadUInt32BigEndian(payload[4..]), 0, IsIpv6: true);
        byte next = payload[0];
        payload = payload[Ipv6HeaderWalker.FragmentHeaderBytes..];
        if ((word & 0xFFF9) == 0)
        {
            protocol = next; // An atomic fragment is a whole datagram (RFC 6946).
            return true;
        }

        return _fragments.TryComplete(in key, word & 0xFFF8, (word & 1) != 0, next, payload, out payload, out protocol);
    }

    private static bool TrySkip(ref byte protocol, ref ReadOnlySpan<byte> payload, int unitBytes, int extraUnits)
    {
        if (payload.Length < 2) return false;
        int headerBytes = (payload[1] + extraUnits) * unitBytes;
        if (headerBytes > payload.Length) return false;
        protocol = payload[0];
        payload = payload[headerBytes..];
        return true;
    }

    private InspectOutcome OnTcp(in FlowEnds addresses, ReadOnlySpan<byte> segment, long nowNs)
    {
        if (segment.Length < TcpBytesMin) return InspectOutcome.Done;
        int headerBytes = (segment[12] >> 4) * 4;
        if (headerBytes < TcpBytesMin || headerBytes > segment.Length) return InspectOutcome.Done;

        FlowEnds ends = WithPorts(in addresses, segment, IpProtocol.Tcp);
        var header = new TcpSegment(BinaryPrimitives.ReadUInt32BigEndian(segment[4..]), BinaryPrimitives.ReadUInt32BigEndian(segment[8..]), segment[13]);
        _apps?.OnPacket(in ends, segment[headerBytes..], header.Flags, nowNs);
        int before = _inspector.Observations.Count;
        InspectOutcome outcome = _inspector.OnTcp(in ends, header, segment[headerBytes..], nowNs);
        _apps?.OnObservations(_inspector.Observations, before);
        return outcome;
    }

    private InspectOutcome OnUdp(in FlowEnds addresses, ReadOnlySpan<byte> datagram, long nowNs)
    {
        if (datagram.Length < UdpBytes) return InspectOutcome.Done;
        int length = BinaryPrimitives.ReadUInt16BigEndian(datagram[4..]);
        if (length >= UdpBytes && length < datagram.Length) datagram = datagram[..length];
        FlowEnds ends = WithPorts(in addresses, datagram, IpProtocol.Udp);
        _apps?.OnPacket(in ends, datagram[UdpBytes..], 0, nowNs);
        int before = _inspector.Observations.Count;
        InspectOutcome outcome = _inspector.OnUdp(in ends, datagram[UdpBytes..], nowNs);
        _apps?.OnObservations(_inspector.Observations, before);
        return outcome;
    }

    private static FlowEnds WithPorts(in FlowEnds addresses, ReadOnlySpan<byte> header, byte protocol) => addresses with
    {
        ClientPort = BinaryPrimitives.ReadUInt16BigEndian(header),
        ServerPort = BinaryPrimitives.ReadUInt16BigEndian(header[2..]),
        Protocol = protocol,
    };
}
