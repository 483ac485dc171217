using System.Runtime.InteropServices;

namespace Natflow.Ports.AfPacket;

/// <summary>
/// <c>struct virtio_net_hdr</c>: what a frame inside this machine still lacks. A sender on the same machine leaves the transport checksum
/// to the NIC that never comes, and up to 64 KiB of TCP or UDP payload go as one super-frame; receive offload makes such frames too.
/// </summary>
/// <param name="Flags">Bit 0: the checksum from <paramref name="ChecksumStart"/> on is not complete.</param>
/// <param name="Kind">0 for an ordinary frame, else how it is to be cut.</param>
/// <param name="HeaderBytes">A hint; not used, for the headers are read from the frame.</param>
/// <param name="SegmentBytes">Payload bytes of each segment but the last.</param>
/// <param name="ChecksumStart">Bytes from the frame's start (without the VLAN tag that was taken out) to the transport header.</param>
/// <param name="ChecksumOffset">Bytes from there to the checksum field, which holds the sum of the pseudo header.</param>
[StructLayout(LayoutKind.Sequential, Pack = 2, Size = SizeBytes)]
internal readonly record struct SegmentationHeader(
    byte Flags, byte Kind, ushort HeaderBytes, ushort SegmentBytes, ushort ChecksumStart, ushort ChecksumOffset)
{
    internal const int SizeBytes = 10;

    internal const byte KindTcpV4 = 1;
    internal const byte KindTcpV6 = 4;
    internal const byte KindUdp = 5;

    private const byte KindEcnBit = 0x80;
    private const byte NeedsChecksumBit = 1;

    internal bool NeedsChecksum => (Flags & NeedsChecksumBit) != 0;

    internal bool IsSuperFrame => Kind != 0;

    /// <summary>The kind without the mark that the first segment carries CWR, which the segments' flags tell anyway.</summary>
    internal byte BaseKind => (byte)(Kind & ~KindEcnBit);
}
