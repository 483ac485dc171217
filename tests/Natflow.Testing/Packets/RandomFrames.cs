using Natflow.Core;
using Natflow.Packets.Build;
using Natflow.Packets.Link;

namespace Natflow.Testing.Packets;

/// <summary>Random valid frames of every shape that the parser knows.</summary>
public static class RandomFrames
{
    /// <summary>Number of shapes of <see cref="NextFrame"/>.</summary>
    public const int ShapeCount = 13;

    private const int ArpShape = 11;

    /// <summary>A frame of one shape with random contents.</summary>
    public static byte[] NextFrame(this Prng prng, int shape)
    {
        PacketBuilder builder = NextLink(prng, mayBePppoe: shape != ArpShape);
        byte[] payload = prng.NextPayload(60);
        switch (shape)
        {
            case 0: return NextIpv4(prng, builder).Tcp(prng.NextPort(), prng.NextPort(), (byte)prng.Next(256)).Payload(payload).ToArray();
            case 1: return NextIpv4(prng, builder).Udp(prng.NextPort(), prng.NextPort()).Payload(payload).ToArray();
            case 2: return NextIpv4(prng, builder).Udp(prng.NextPort(), prng.NextPort(), hasChecksum: false).Payload(payload).ToArray();
            case 3: return NextIpv4(prng, builder).IcmpQuery((byte)(prng.Next(2) * 8), prng.NextPort()).Payload(payload).ToArray();
            case 4: return NextIpv4(prng, builder).Icmp(3, 1, 0).Payload(NextQuote(prng)).ToArray();
            case 5: return NextIpv4(prng, builder).Protocol(47).Payload(payload).ToArray();
            case 6:
                return builder.Ipv4(prng.NextAddress(), prng.NextAddress(), identification: prng.NextPort(), moreFragments: true)
                    .Udp(prng.NextPort(), prng.NextPort()).Payload(new byte[24]).ToArray();
            case 7:
                return builder.Ipv4(prng.NextAddress(), prng.NextAddress(), identification: prng.NextPort(), fragmentOffsetBytes: 32)
                    .Protocol(IpProtocol.Udp).Payload(payload).ToArray();
            case 8: return NextIpv6(prng, builder).Tcp(prng.NextPort(), prng.NextPort(), 2).Payload(payload).ToArray();
            case 9: return NextIpv6(prng, builder).Extension(0, new byte[6]).Extension(60, new byte[14]).Udp(prng.NextPort(), prng.NextPort()).Payload(payload).ToArray();
            case 10: return NextIpv6(prng, builder).Icmp(128, 0, (uint)prng.NextULong()).Payload(payload).ToArray();
            case ArpShape: return builder.Arp(1, prng.NextULong() >> 16, prng.NextAddress(), 0, prng.NextAddress()).ToArray();
            default:
                byte[] options = new byte[4 * prng.Next(4)];
                return builder.Ipv4(prng.NextAddress(), prng.NextAddress(), options: options)
                    .Tcp(prng.NextPort(), prng.NextPort(), 2, options: [2, 4, 5, 0xB4]).Payload(payload).ToArray();
        }
    }

    /// <summary>Random bytes, 0 to <paramref name="max"/> of them.</summary>
    public static byte[] NextPayload(this Prng prng, int max)
    {
        byte[] payload = new byte[prng.Next(max + 1)];
        prng.NextBytes(payload);
        return payload;
    }

    /// <summary>Any port but 0.</summary>
    public static ushort NextPort(this Prng prng) => (ushort)(1 + prng.Next(ushort.MaxValue));

    /// <summary>An address in 11.0.0.0/8.</summary>
    public static uint NextAddress(this Prng prng) => 0x0B00_0000 + (uint)prng.Next(1 << 24);

    private static PacketBuilder NextLink(Prng prng, bool mayBePppoe)
    {
        var builder = PacketBuilder.Ethernet(prng.NextULong() >> 16, prng.NextULong() >> 16);
        for (int tags = prng.Next(3); tags > 0; tags--)
            builder.Vlan((ushort)prng.Next(4096), prng.Next(2) == 0 ? EtherType.Vlan : EtherType.ServiceVlan);
        return mayBePppoe && prng.Next(4) == 0 ? builder.Pppoe((ushort)prng.Next(65536)) : builder;
    }

    private static PacketBuilder NextIpv4(Prng prng, PacketBuilder builder) =>
        builder.Ipv4(prng.NextAddress(), prng.NextAddress(), (byte)(2 + prng.Next(250)), (ushort)prng.Next(65536));

    private static PacketBuilder NextIpv6(Prng prng, PacketBuilder builder)
    {
        byte[] addresses = new byte[32];
        prng.NextBytes(addresses);
        return builder.Ipv6(addresses.AsSpan(0, 16), addresses.AsSpan(16));
    }

    private static byte[] NextQuote(Prng prng) => prng.Next(3) switch
    {
        0 => NextIpv4(prng, PacketBuilder.Bare()).Udp(prng.NextPort(), prng.NextPort()).Payload(prng.NextPayload(30)).ToArray(),
        1 => NextIpv4(prng, PacketBuilder.Bare()).Tcp(prng.NextPort(), prng.NextPort(), 2).ToArray(),
        _ => NextIpv4(prng, PacketBuilder.Bare()).IcmpQuery(8, prng.NextPort()).ToArray(),
    };
}
