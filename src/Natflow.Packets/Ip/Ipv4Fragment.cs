using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Natflow.Packets.Ip;

/// <summary>The fields of an IPv4 header that fragmentation changes (RFC 791 section 3.2), each with the header checksum.</summary>
public static class Ipv4Fragment
{
    private const int IdentificationOffset = 4;
    private const int FragmentOffset = 6;
    private const int ChecksumOffset = 10;
    private const byte NoOperation = 1;

    /// <summary>Replaces the identification, incrementally: a checksum that was wrong stays wrong.</summary>
    /// <param name="header">From the IPv4 header on.</param>
    /// <param name="identificationBe">Network order.</param>
    public static void SetIdentification(Span<byte> header, ushort identificationBe)
    {
        ushort delta = Checksum.Delta(MemoryMarshal.Read<ushort>(header[IdentificationOffset..]), identificationBe);
        MemoryMarshal.Write(header[IdentificationOffset..], identificationBe);
        MemoryMarshal.Write(header[ChecksumOffset..], Checksum.Apply(MemoryMarshal.Read<ushort>(header[ChecksumOffset..]), delta));
    }

    /// <summary>Sets length and fragment fields and computes the header checksum.</summary>
    /// <param name="header">From the IPv4 header on.</param>
    /// <param name="totalBytes">Header and payload of the fragment.</param>
    /// <param name="offsetBytes">Of its payload in the datagram; a multiple of 8.</param>
    /// <param name="hasMore">Not the last fragment.</param>
    public static void Set(Span<byte> header, int totalBytes, int offsetBytes, bool hasMore)
    {
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)totalBytes);
        int word = (hasMore ? Ipv4Header.MoreFragments : 0) | (offsetBytes / 8);
        BinaryPrimitives.WriteUInt16BigEndian(header[FragmentOffset..], (ushort)word);
        header[ChecksumOffset] = header[ChecksumOffset + 1] = 0;
        int headerBytes = (header[0] & 0x0F) * 4;
        MemoryMarshal.Write(header[ChecksumOffset..], Checksum.Compute(header[..headerBytes]));
    }

    /// <summary>Blanks the options that only the first fragment carries: those without the copied flag (RFC 791 section 3.1). The checksum is the caller's.</summary>
    /// <param name="header">Exactly the IPv4 header.</param>
    public static void BlankUncopiedOptions(Span<byte> header)
    {
        int next = Ipv4Header.BytesMin;
        while (next < header.Length && header[next] != 0)
        {
            int lengthBytes = header[next] == NoOperation || next + 1 >= header.Length ? 1 : header[next + 1];
            lengthBytes = Math.Clamp(lengthBytes, 1, header.Length - next);
            if ((header[next] & 0x80) == 0)
                header.Slice(next, lengthBytes).Fill(NoOperation);
            next += lengthBytes;
        }
    }
}
