using System.Buffers.Binary;

using Natflow.Core;

namespace Natflow.Packets.Ip;

/// <summary>Writes IPv6 headers.</summary>
public static class Ipv6HeaderWriter
{
    /// <summary>Writes the fixed header; the flow label is 0.</summary>
    /// <param name="header">At least 40 bytes.</param>
    /// <param name="trafficClass">DSCP and ECN.</param>
    /// <param name="payloadBytes">0 to 65,535.</param>
    /// <param name="nextHeader">Protocol of what follows.</param>
    /// <param name="hopLimit">Hop limit.</param>
    /// <param name="source">Source.</param>
    /// <param name="destination">Destination.</param>
    public static void Write(
        Span<byte> header, byte trafficClass, int payloadBytes, byte nextHeader, byte hopLimit, in Ipv6Address source, in Ipv6Address destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(header, 0x6000_0000 | ((uint)trafficClass << 20));
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)payloadBytes);
        header[6] = nextHeader;
        header[7] = hopLimit;
        source.Write(header[8..]);
        destination.Write(header[24..]);
    }

    /// <summary>Writes a fragment header (RFC 8200 section 4.5).</summary>
    /// <param name="header">At least 8 bytes.</param>
    /// <param name="nextHeader">Protocol of the fragmentable part.</param>
    /// <param name="offsetBytes">A multiple of 8.</param>
    /// <param name="hasMore">Not the last fragment.</param>
    /// <param name="identification">Host order.</param>
    public static void WriteFragment(Span<byte> header, byte nextHeader, int offsetBytes, bool hasMore, uint identification)
    {
        header[0] = nextHeader;
        header[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(offsetBytes | (hasMore ? 1 : 0)));
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], identification);
    }
}
