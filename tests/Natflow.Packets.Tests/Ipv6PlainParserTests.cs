using Natflow.Core;
using Natflow.Packets.Build;
using Natflow.Testing;

namespace Natflow.Packets.Tests;

public sealed class Ipv6PlainParserTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Parse_PlainAndTaggedFrame_GiveTheSameKeyAndHash(int seed)
    {
        using var rig = new ParseRig();
        var prng = new Prng(seed);
        byte[] addresses = new byte[32];
        int plain = 0;
        for (int step = 0; step < 2_000; step++)
        {
            prng.NextBytes(addresses);
            ushort src = (ushort)prng.NextULong();
            ushort dst = (ushort)prng.NextULong();
            byte flags = (byte)prng.NextULong();
            bool isTcp = prng.Next(2) == 0;
            byte[] Make(PacketBuilder builder) => (isTcp
                ? builder.Ipv6(addresses.AsSpan(0, 16), addresses.AsSpan(16)).Tcp(src, dst, flags)
                : builder.Ipv6(addresses.AsSpan(0, 16), addresses.AsSpan(16)).Udp(src, dst)).ToArray();
            byte[] bare = Make(PacketBuilder.Ethernet());
            byte[] tagged = Make(PacketBuilder.Ethernet().Vlan(3));

            // Lengths are damaged in both alike: the fast path must not let through what the slow one refuses.
            int damage = prng.Next(40);
            byte value = (byte)prng.NextULong();
            if (prng.Next(2) == 0)
                (bare[14 + 4 + (damage % 3)], tagged[18 + 4 + (damage % 3)]) = (value, value);
            else if (prng.Next(2) == 0)
                (bare[54 + (damage % (isTcp ? 14 : 8))], tagged[58 + (damage % (isTcp ? 14 : 8))]) = (value, value);

            Side side = prng.Next(2) == 0 ? Side.Lan : Side.Wan;
            FrameDescriptor one = rig.Parse(bare, side, zone: 4);
            FrameDescriptor other = rig.Parse(tagged, side, zone: 4);
            Assert.True(one.Kind == other.Kind, $"seed {seed}, step {step}: {one.Kind}, {other.Kind}");
            if (one.Kind != PacketKind.IPv6)
                continue;
            plain++;
            Assert.True(
                one.Key == other.Key && one.Hash == other.Hash && one.TcpFlags == other.TcpFlags
                    && other.L4Offset == (one.L4Offset == 0 ? 0 : one.L4Offset + 4), // 0: what follows is the middle of something.
                $"seed {seed}, step {step}");
        }

        Assert.InRange(plain, 200, 1_999);
    }

    [Fact]
    public void Parse_BothDirections_HaveOneHash()
    {
        using var rig = new ParseRig();
        byte[] near = [0x20, 1, .. new byte[13], 1];
        byte[] far = [0x20, 2, .. new byte[13], 2];
        FrameDescriptor sent = rig.Parse(PacketBuilder.Ethernet().Ipv6(near, far).Udp(5000, 53).ToArray(), Side.Lan);
        FrameDescriptor answer = rig.Parse(PacketBuilder.Ethernet().Ipv6(far, near).Udp(53, 5000).ToArray(), Side.Wan);
        FrameDescriptor stranger = rig.Parse(PacketBuilder.Ethernet().Ipv6(near, far).Udp(5000, 53).ToArray(), Side.Wan);
        Assert.Equal(sent.Hash, answer.Hash);
        Assert.NotEqual(sent.Hash, stranger.Hash);
    }
}
