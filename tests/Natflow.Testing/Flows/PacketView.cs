using System.Buffers.Binary;
using Natflow.Testing.Packets;

namespace Natflow.Testing.Flows;

/// <summary>Reads an IPv4 packet of a frame the slow way, sharing no code with the product. Addresses and ports in host byte order.</summary>
/// <param name="bytes">From the IPv4 header on.</param>
public sealed class PacketView(byte[] bytes)
{
    /// <summary>From the IPv4 header on.</summary>
    public byte[] Bytes { get; } = bytes;

    /// <summary>Bytes of the IPv4 header.</summary>
    public int HeaderBytes => (Bytes[0] & 15) * 4;

    /// <summary>Total length field.</summary>
    public int TotalBytes => ReadUInt16(2);

    /// <summary>Identification.</summary>
    public ushort Identification => ReadUInt16(4);

    /// <summary>Fragment offset in bytes.</summary>
    public int FragmentOffset => (ReadUInt16(6) & 0x1FFF) * 8;

    /// <summary>The flag "more fragments".</summary>
    public bool MoreFragments => (Bytes[6] & 0x20) != 0;

    /// <summary>The flag "don't fragment".</summary>
    public bool DontFragment => (Bytes[6] & 0x40) != 0;

    /// <summary>Time to live.</summary>
    public byte Ttl => Bytes[8];

    /// <summary>IP protocol.</summary>
    public byte Protocol => Bytes[9];

    /// <summary>Source address.</summary>
    public uint Source => BinaryPrimitives.ReadUInt32BigEndian(Bytes.AsSpan(12));

    /// <summary>Destination address.</summary>
    public uint Destination => BinaryPrimitives.ReadUInt32BigEndian(Bytes.AsSpan(16));

    /// <summary>Source port of TCP or UDP.</summary>
    public ushort SourcePort => ReadUInt16(HeaderBytes);

    /// <summary>Destination port of TCP or UDP.</summary>
    public ushort DestinationPort => ReadUInt16(HeaderBytes + 2);

    /// <summary>Source address and port.</summary>
    public (uint Address, ushort Port) From => (Source, SourcePort);

    /// <summary>Destination address and port.</summary>
    public (uint Address, ushort Port) To => (Destination, DestinationPort);

    /// <summary>ICMP type and code.</summary>
    public (byte Type, byte Code) Icmp => (Bytes[HeaderBytes], Bytes[HeaderBytes + 1]);

    /// <summary>Identifier of an ICMP query.</summary>
    public ushort Identifier => ReadUInt16(HeaderBytes + 4);

    /// <summary>Next-hop MTU of "fragmentation needed".</summary>
    public ushort NextHopMtu => ReadUInt16(HeaderBytes + 6);

    /// <summary>The packet that an ICMP error quotes.</summary>
    public PacketView Quote => new(Bytes[(HeaderBytes + 8)..]);

    /// <summary>What follows the IPv4 header, by the total length.</summary>
    public byte[] Payload => Bytes[HeaderBytes..TotalBytes];

    /// <summary>The IPv4 packet of a frame.</summary>
    public static PacketView Of(byte[] frame) => new(frame[FrameChecker.IpOffset(frame)..]);

    private ushort ReadUInt16(int offset) => BinaryPrimitives.ReadUInt16BigEndian(Bytes.AsSpan(offset));
}
