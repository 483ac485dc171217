using System.Buffers.Binary;
using Natflow.Packets.Link;

namespace Natflow.Ports.Pcap;

/// <summary>Link headers of serial lines, whose length depends on what they say: PPP (RFC 1661, RFC 1662) and Cisco's framing (RFC 1547).</summary>
internal static class SerialLink
{
    private const byte HdlcAllStations = 0xFF;
    private const byte HdlcUnnumbered = 0x03;
    private const byte CiscoUnicast = 0x0F;
    private const byte CiscoBroadcast = 0x8F;
    private const int CiscoBytes = 4;
    private const ushort OtherEtherType = 0xFFFF;

    /// <summary>Whether a link type is one of these.</summary>
    internal static bool IsKnown(int linkType) => linkType is LinkType.Ppp or LinkType.PppHdlc or LinkType.CiscoHdlc
        or LinkType.PppWithDirection or LinkType.CiscoHdlcWithDirection;

    /// <summary>Reads a link header.</summary>
    /// <param name="linkType">One that <see cref="IsKnown"/>.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="headerBytes">Bytes before the network layer.</param>
    /// <param name="etherType">What follows; a reserved number for anything but IP.</param>
    /// <returns>False where the frame ends inside the header.</returns>
    internal static bool TryParse(int linkType, ReadOnlySpan<byte> frame, out int headerBytes, out ushort etherType)
    {
        headerBytes = linkType is LinkType.PppWithDirection or LinkType.CiscoHdlcWithDirection ? 1 : 0;
        etherType = OtherEtherType;
        if (frame.Length < headerBytes + CiscoBytes) return false;

        bool isCisco = linkType is LinkType.CiscoHdlc or LinkType.CiscoHdlcWithDirection
            || (linkType == LinkType.PppHdlc && frame[headerBytes] is CiscoUnicast or CiscoBroadcast);
        if (isCisco)
        {
            etherType = BinaryPrimitives.ReadUInt16BigEndian(frame[(headerBytes + 2)..]);
            headerBytes += CiscoBytes;
            return true;
        }

        if (frame[headerBytes] == HdlcAllStations && frame[headerBytes + 1] == HdlcUnnumbered) headerBytes += 2;
        int protocol = frame[headerBytes++];
        if ((protocol & 1) == 0) protocol = (protocol << 8) | frame[headerBytes++]; // An odd first byte is a whole, compressed number.
        etherType = protocol switch { EtherType.PppIpv4 => EtherType.Ipv4, EtherType.PppIpv6 => EtherType.Ipv6, _ => OtherEtherType };
        return true;
    }
}
