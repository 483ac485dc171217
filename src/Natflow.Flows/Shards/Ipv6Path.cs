using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Paths;

namespace Natflow.Flows.Shards;

/// <summary>IPv6 is forwarded as it is, hop limit apart; link-local and multicast traffic is the host's.</summary>
internal static class Ipv6Path
{
    private const int HopLimitOffset = 7;
    private const int SrcOffset = 8;
    private const int DstOffset = 24;

    internal static DropReason Decide(ref FrameDescriptor frame, Span<byte> bytes, IPathResolver resolver, out Verdict verdict)
    {
        verdict = Verdict.PassToHost;
        Span<byte> header = bytes[frame.L3Offset..];
        if (header[DstOffset] == 0xFF || IsLinkLocal(header[DstOffset..]) || IsLinkLocal(header[SrcOffset..]))
            return DropReason.None;
        if (header[SrcOffset] == 0xFF || IsUnspecifiedOrLoopback(header[SrcOffset..]) || IsUnspecifiedOrLoopback(header[DstOffset..]))
            return DropReason.MartianAddress;
        if (header[HopLimitOffset] <= 1)
            return DropReason.TtlExpired;
        UInt128 destination = BinaryPrimitives.ReadUInt128BigEndian(header[DstOffset..]);
        ushort path = frame.Key.Side == Side.Lan ? resolver.Outside(destination) : resolver.Inside(destination, frame.Key.Zone);
        if (path == PathTable.None)
            return DropReason.NoRoute;
        frame.PathIndex = path;
        header[HopLimitOffset]--;
        verdict = Verdict.ForwardUntranslated;
        return DropReason.None;
    }

    private static bool IsLinkLocal(ReadOnlySpan<byte> address) => address[0] == 0xFE && (address[1] & 0xC0) == 0x80;

    private static bool IsUnspecifiedOrLoopback(ReadOnlySpan<byte> address) =>
        address[..15].IndexOfAnyExcept((byte)0) < 0 && address[15] <= 1;
}
