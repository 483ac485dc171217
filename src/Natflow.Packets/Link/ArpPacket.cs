using System.Buffers.Binary;
using System.Runtime.InteropServices;

using Natflow.Core;

namespace Natflow.Packets.Link;

/// <summary>ARP for IPv4 over Ethernet (RFC 826). Addresses are in network order; hardware addresses in the lower 48 bits.</summary>
/// <param name="Operation">1 asks, 2 answers; host order.</param>
/// <param name="SenderMac">Hardware address of the sender.</param>
/// <param name="SenderAddrBe">IPv4 address of the sender; 0 in a probe (RFC 5227).</param>
/// <param name="TargetMac">Hardware address of the target; meaningless in a question.</param>
/// <param name="TargetAddrBe">IPv4 address of the target.</param>
public readonly record struct ArpPacket(ushort Operation, ulong SenderMac, uint SenderAddrBe, ulong TargetMac, uint TargetAddrBe)
{
    /// <summary>Size in bytes.</summary>
    public const int SizeBytes = 28;

    /// <summary>Operation of a question.</summary>
    public const ushort Request = 1;

    /// <summary>Operation of an answer.</summary>
    public const ushort Reply = 2;

    private const uint EthernetAndIpv4 = 0x0001_0800;
    private const ushort AddressLengths = 0x0604;

    /// <summary>Someone tells everybody its own address (RFC 5227): sender and target are the same.</summary>
    public bool IsGratuitous => SenderAddrBe == TargetAddrBe;

    /// <summary>Reads a packet of any bytes; trailing bytes are allowed, for frames are padded.</summary>
    /// <param name="bytes">From the ARP header on.</param>
    /// <param name="packet">The packet, where the result is <see cref="DropReason.None"/>.</param>
    /// <returns><see cref="DropReason.BadHeader"/> for other hardware or protocol types.</returns>
    public static DropReason TryParse(ReadOnlySpan<byte> bytes, out ArpPacket packet)
    {
        packet = default;
        if (bytes.Length < SizeBytes) return DropReason.Truncated;
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes) != EthernetAndIpv4 || BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]) != AddressLengths)
            return DropReason.BadHeader;

        packet = new ArpPacket(
            BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]),
            MacAddress.Read(bytes[8..]),
            MemoryMarshal.Read<uint>(bytes[14..]),
            MacAddress.Read(bytes[18..]),
            MemoryMarshal.Read<uint>(bytes[24..]));
        return DropReason.None;
    }

    /// <summary>Writes the packet.</summary>
    /// <param name="bytes">At least <see cref="SizeBytes"/>.</param>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32BigEndian(bytes, EthernetAndIpv4);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[4..], AddressLengths);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], Operation);
        MacAddress.Write(bytes[8..], SenderMac);
        MemoryMarshal.Write(bytes[14..], SenderAddrBe);
        MacAddress.Write(bytes[18..], TargetMac);
        MemoryMarshal.Write(bytes[24..], TargetAddrBe);
    }
}
