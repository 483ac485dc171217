using Natflow.Core;
using Natflow.Testing.Flows;
using Natflow.Testing.Packets;

namespace Natflow.Conformance.Bench;

/// <summary>Compares a packet before and after the gateway: only the endpoint, the TTL and the checksums may differ.</summary>
internal static class PacketReferee
{
    private const byte Icmp = 1;
    private const byte Tcp = 6;
    private const byte Udp = 17;

    /// <summary>Checks a forwarded packet byte by byte. The gateway's own answers, ICMP errors and IPv6 are left to the caller.</summary>
    internal static void AssertOnlyTranslated(Side from, byte[] sent, Arrival arrival)
    {
        int offset = FrameChecker.IpOffset(sent);
        if (offset < 0 || sent[offset] >> 4 != 4 || arrival.Frame[FrameChecker.IpOffset(arrival.Frame)] >> 4 != 4)
            return;
        PacketView before = PacketView.Of(sent);
        PacketView after = arrival.Packet;
        bool isAnswer = arrival.Side == from && after.Destination == before.Source;
        if (isAnswer || before.Protocol != after.Protocol || IsError(before))
            return;
        Assert.Equal(before.Ttl - 1, after.Ttl);
        Assert.Equal(Masked(before), Masked(after));
    }

    private static bool IsError(PacketView packet) => packet.Protocol == Icmp && packet.FragmentOffset == 0 && packet.Icmp.Type is 3 or 4 or 5 or 11 or 12;

    private static byte[] Masked(PacketView packet)
    {
        byte[] bytes = packet.Bytes[..packet.TotalBytes];
        bool isFragment = packet.MoreFragments || packet.FragmentOffset != 0;
        if (isFragment)
            bytes.AsSpan(4, 2).Clear(); // RFC 7857 section 10: fragments get an identification of their own.
        bytes[8] = 0;
        bytes.AsSpan(10, 10).Clear();
        if (packet.FragmentOffset != 0)
            return bytes;
        Span<byte> segment = bytes.AsSpan(packet.HeaderBytes);
        (int endpointAt, int endpointBytes, int checksumAt) = packet.Protocol switch
        {
            Udp => (0, 4, 6),
            Tcp => (0, 4, 16),
            Icmp => (4, 2, 2),
            _ => (0, 0, -1),
        };
        segment.Slice(endpointAt, endpointBytes).Clear();
        if (checksumAt >= 0)
            segment.Slice(checksumAt, 2).Clear();
        return bytes;
    }
}
