using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

using Natflow.Core;
using Natflow.Packets.Link;
using Natflow.Packets.Transport;

namespace Natflow.Packets.Build;

/// <summary>
/// Builds whole frames layer by layer, from the outside in; lengths and checksums are computed in <see cref="ToArray"/>, from scratch. For generated
/// traffic and tests: it allocates and checks little. Addresses and ports are in host byte order.
/// </summary>
public sealed class PacketBuilder
{
    private const int Ipv4AddressPairBytes = 8;
    private const int Ipv6AddressPairBytes = 32;

    private readonly ArrayBufferWriter<byte> _bytes = new(128);
    private int _typeOffset;
    private int _pppoeOffset = -1;
    private int _ipOffset = -1;
    private bool _isIpv6;
    private bool _isFragment;
    private int _l4Offset = -1;
    private byte _protocol;
    private bool _hasChecksum = true;

    private PacketBuilder()
    {
    }

    /// <summary>Starts with an Ethernet II header.</summary>
    /// <param name="destination">Lower 48 bits.</param>
    /// <param name="source">Lower 48 bits.</param>
    public static PacketBuilder Ethernet(ulong destination = 0x02_00_00_00_00_02, ulong source = 0x02_00_00_00_00_01)
    {
        var builder = new PacketBuilder();
        Span<byte> header = builder.Append(LinkHeader.EthernetBytes);
        MacAddress.Write(header, destination);
        MacAddress.Write(header[6..], source);
        builder._typeOffset = 12;
        return builder;
    }

    /// <summary>Starts with the IP header, as what an ICMP error quotes.</summary>
    public static PacketBuilder Bare() => new() { _typeOffset = -1 };

    /// <summary>Adds a VLAN tag.</summary>
    /// <param name="id">0 to 4095.</param>
    /// <param name="etherType">Which kind of tag.</param>
    public PacketBuilder Vlan(ushort id, ushort etherType = EtherType.Vlan)
    {
        SetType(etherType);
        int offset = _bytes.WrittenCount;
        BinaryPrimitives.WriteUInt16BigEndian(Append(VlanTag.SizeBytes), id);
        _typeOffset = offset + 2;
        return this;
    }

    /// <summary>Adds a PPPoE session header.</summary>
    public PacketBuilder Pppoe(ushort session)
    {
        SetType(EtherType.PppoeSession);
        _pppoeOffset = _bytes.WrittenCount;
        Span<byte> header = Append(PppoeHeader.SizeBytes);
        header[0] = 0x11;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], session);
        _typeOffset = _pppoeOffset + 6;
        return this;
    }

    /// <summary>Adds an ARP packet for IPv4 over Ethernet (RFC 826) and ends the frame.</summary>
    /// <param name="operation">1 asks, 2 answers.</param>
    /// <param name="senderMac">Lower 48 bits.</param>
    /// <param name="senderAddress">IPv4.</param>
    /// <param name="targetMac">Lower 48 bits.</param>
    /// <param name="targetAddress">IPv4.</param>
    public PacketBuilder Arp(ushort operation, ulong senderMac, uint senderAddress, ulong targetMac, uint targetAddress)
    {
        SetType(EtherType.Arp);
        new ArpPacket(
            operation, senderMac, BinaryPrimitives.ReverseEndianness(senderAddress), targetMac, BinaryPrimitives.ReverseEndianness(targetAddress))
            .Write(Append(ArpPacket.SizeBytes));
        return this;
    }

    /// <summary>Adds an IPv4 header.</summary>
    /// <param name="source">Address.</param>
    /// <param name="destination">Address.</param>
    /// <param name="ttl">Time to live.</param>
    /// <param name="identification">For fragments.</param>
    /// <param name="fragmentOffsetBytes">A multiple of 8.</param>
    /// <param name="moreFragments">Not the last fragment.</param>
    /// <param name="dontFragment">The DF flag.</param>
    /// <param name="options">A multiple of 4 bytes, at most 40.</param>
    public PacketBuilder Ipv4(
        uint source,
        uint destination,
        byte ttl = 64,
        ushort identification = 0,
        int fragmentOffsetBytes = 0,
        bool moreFragments = false,
        bool dontFragment = false,
        ReadOnlySpan<byte> options = default)
    {
        SetType(EtherType.Ipv4);
        _ipOffset = _bytes.WrittenCount;
        _isFragment = moreFragments || fragmentOffsetBytes != 0;
        Span<byte> header = Append(20 + options.Length);
        header[0] = (byte)(0x40 | (header.Length / 4));
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], identification);
        int flags = (dontFragment ? 0x4000 : 0) | (moreFragments ? 0x2000 : 0) | (fragmentOffsetBytes / 8);
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], (ushort)flags);
        header[8] = ttl;
        BinaryPrimitives.WriteUInt32BigEndian(header[12..], source);
        BinaryPrimitives.WriteUInt32BigEndian(header[16..], destination);
        options.CopyTo(header[20..]);
        _typeOffset = _ipOffset + 9;
        return this;
    }

    /// <summary>Adds an IPv6 header.</summary>
    /// <param name="source">16 bytes.</param>
    /// <param name="destination">16 bytes.</param>
    /// <param name="hopLimit">Hop limit.</param>
    public PacketBuilder Ipv6(ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination, byte hopLimit = 64)
    {
        SetType(EtherType.Ipv6);
        _ipOffset = _bytes.WrittenCount;
        _isIpv6 = true;
        Span<byte> header = Append(40);
        header[0] = 0x60;
        header[7] = hopLimit;
        source.CopyTo(header[8..]);
        destination.CopyTo(header[24..]);
        _typeOffset = _ipOffset + 6;
        return this;
    }

    /// <summary>Adds an IPv6 extension header whose length is in units of 8 bytes.</summary>
    /// <param name="protocol">Its number.</param>
    /// <param name="body">Behind the two bytes of next header and length: 6 bytes and any number of 8.</param>
    public PacketBuilder Extension(byte protocol, ReadOnlySpan<byte> body)
    {
        SetProtocol(protocol);
        _typeOffset = _bytes.WrittenCount;
        Span<byte> header = Append(2 + body.Length);
        header[1] = (byte)((header.Length / 8) - 1);
        body.CopyTo(header[2..]);
        return this;
    }

    /// <summary>Names the protocol of what follows, without a header: later fragments, unknown protocols.</summary>
    public PacketBuilder Protocol(byte protocol)
    {
        SetProtocol(protocol);
        return this;
    }

    /// <summary>Adds a TCP header.</summary>
    /// <param name="srcPort">Source port.</param>
    /// <param name="dstPort">Destination port.</param>
    /// <param name="flags">The flag byte.</param>
    /// <param name="sequence">Sequence number.</param>
    /// <param name="acknowledgement">Acknowledgement number.</param>
    /// <param name="options">A multiple of 4 bytes, at most 40.</param>
    public PacketBuilder Tcp(
        ushort srcPort, ushort dstPort, byte flags, uint sequence = 0, uint acknowledgement = 0, ReadOnlySpan<byte> options = default)
    {
        Span<byte> header = StartTransport(IpProtocol.Tcp, 20 + options.Length);
        BinaryPrimitives.WriteUInt16BigEndian(header, srcPort);
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], dstPort);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], acknowledgement);
        header[12] = (byte)(header.Length / 4 << 4);
        header[13] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(header[14..], ushort.MaxValue);
        options.CopyTo(header[20..]);
        return this;
    }

    /// <summary>Adds a UDP header.</summary>
    /// <param name="srcPort">Source port.</param>
    /// <param name="dstPort">Destination port.</param>
    /// <param name="hasChecksum">False leaves the checksum 0, which means none (RFC 768).</param>
    public PacketBuilder Udp(ushort srcPort, ushort dstPort, bool hasChecksum = true)
    {
        Span<byte> header = StartTransport(IpProtocol.Udp, 8);
        BinaryPrimitives.WriteUInt16BigEndian(header, srcPort);
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], dstPort);
        _hasChecksum = hasChecksum;
        return this;
    }

    /// <summary>Adds an ICMP message with a type, a code and the word behind the checksum.</summary>
    /// <param name="type">ICMP or, behind an IPv6 header, ICMPv6 type.</param>
    /// <param name="code">Code.</param>
    /// <param name="rest">Identifier and sequence, next-hop MTU, or unused.</param>
    public PacketBuilder Icmp(byte type, byte code, uint rest)
    {
        Span<byte> header = StartTransport(_isIpv6 ? IpProtocol.IcmpV6 : IpProtocol.Icmp, 8);
        header[0] = type;
        header[1] = code;
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], rest);
        return this;
    }

    /// <summary>Adds an echo request or reply, or another query.</summary>
    public PacketBuilder IcmpQuery(byte type, ushort identifier, ushort sequence = 1) => Icmp(type, 0, ((uint)identifier << 16) | sequence);

    /// <summary>Adds bytes.</summary>
    public PacketBuilder Payload(ReadOnlySpan<byte> payload)
    {
        payload.CopyTo(Append(payload.Length));
        return this;
    }

    /// <summary>The frame, with all lengths and checksums set.</summary>
    public byte[] ToArray()
    {
        byte[] frame = _bytes.WrittenSpan.ToArray();
        if (_pppoeOffset >= 0)
        {
            int pppBytes = frame.Length - _pppoeOffset - PppoeHeader.SizeBytes + 2;
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(_pppoeOffset + 4), (ushort)pppBytes);
        }

        if (_ipOffset < 0)
            return frame;
        FinishTransport(frame);
        FinishIp(frame.AsSpan(_ipOffset));
        return frame;
    }

    private Span<byte> Append(int lengthBytes)
    {
        Span<byte> span = _bytes.GetSpan(lengthBytes)[..lengthBytes];
        span.Clear();
        _bytes.Advance(lengthBytes);
        return span;
    }

    private Span<byte> Written => MemoryMarshal.AsMemory(_bytes.WrittenMemory).Span;

    private void SetType(ushort etherType)
    {
        if (_typeOffset < 0)
            return;
        bool isPpp = _pppoeOffset >= 0 && _typeOffset == _pppoeOffset + 6;
        ushort type = !isPpp ? etherType : etherType == EtherType.Ipv6 ? EtherType.PppIpv6 : EtherType.PppIpv4;
        BinaryPrimitives.WriteUInt16BigEndian(Written[_typeOffset..], type);
    }

    private void SetProtocol(byte protocol)
    {
        Written[_typeOffset] = protocol;
        _protocol = protocol;
    }

    private Span<byte> StartTransport(byte protocol, int headerBytes)
    {
        SetProtocol(protocol);
        _l4Offset = _bytes.WrittenCount;
        return Append(headerBytes);
    }

    private void FinishIp(Span<byte> packet)
    {
        if (_isIpv6)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)(packet.Length - 40));
            return;
        }

        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
        int headerBytes = (packet[0] & 0x0F) * 4;
        BitConverter.TryWriteBytes(packet[10..], Checksum.Compute(packet[..headerBytes]));
    }

    // The checksum of a fragmented datagram covers all of it: whoever cuts it has computed that before.
    private void FinishTransport(byte[] frame)
    {
        if (_l4Offset < 0)
            return;
        Span<byte> segment = frame.AsSpan(_l4Offset);
        if (_protocol == IpProtocol.Udp)
            BinaryPrimitives.WriteUInt16BigEndian(segment[4..], (ushort)segment.Length);
        if (!_hasChecksum || _isFragment)
            return;
        ReadOnlySpan<byte> addresses = frame.AsSpan(_ipOffset + (_isIpv6 ? 8 : 12), _isIpv6 ? Ipv6AddressPairBytes : Ipv4AddressPairBytes);
        ushort checksum = TransportChecksum.Compute(addresses, _protocol, segment);
        BitConverter.TryWriteBytes(segment[TransportHeader.ChecksumOffset(_protocol)..], checksum);
    }
}
