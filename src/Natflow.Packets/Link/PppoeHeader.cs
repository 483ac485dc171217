using System.Buffers.Binary;

namespace Natflow.Packets.Link;

/// <summary>A PPPoE header (RFC 2516 section 4) and the PPP protocol number behind it.</summary>
/// <param name="VersionType">Version and type; 0x11 is the only one there is.</param>
/// <param name="Code">0 in the session stage.</param>
/// <param name="SessionId">Host order.</param>
/// <param name="PayloadBytes">What the header says follows it, the PPP protocol number included.</param>
/// <param name="PppProtocol">Host order.</param>
public readonly record struct PppoeHeader(byte VersionType, byte Code, ushort SessionId, ushort PayloadBytes, ushort PppProtocol)
{
    /// <summary>Size in bytes, PPP protocol number included.</summary>
    public const int SizeBytes = 8;

    /// <summary>Bytes of the PPP protocol number, which <see cref="PayloadBytes"/> counts.</summary>
    public const int PppBytes = 2;

    /// <summary>The version and type of RFC 2516.</summary>
    public const byte VersionTypeOne = 0x11;

    /// <summary>Whether version, type and code are those of a session frame.</summary>
    public bool IsSession => VersionType == VersionTypeOne && Code == 0;

    /// <summary>Writes what a session header says of its packet: length and PPP protocol. The rest of the header is there already.</summary>
    /// <param name="before">Bytes that end where the packet begins, at least <see cref="SizeBytes"/>.</param>
    /// <param name="isIpv6">The packet's family.</param>
    /// <param name="packetBytes">L3 bytes of the packet.</param>
    public static void Finish(Span<byte> before, bool isIpv6, int packetBytes)
    {
        BinaryPrimitives.WriteUInt16BigEndian(before[^4..], (ushort)(packetBytes + PppBytes));
        BinaryPrimitives.WriteUInt16BigEndian(before[^2..], isIpv6 ? EtherType.PppIpv6 : EtherType.PppIpv4);
    }

    /// <summary>Reads a header; false where fewer than <see cref="SizeBytes"/> bytes are left.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out PppoeHeader header)
    {
        header = default;
        if (bytes.Length < SizeBytes) return false;
        header = new PppoeHeader(
            bytes[0],
            bytes[1],
            BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]),
            BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]));
        return true;
    }
}
