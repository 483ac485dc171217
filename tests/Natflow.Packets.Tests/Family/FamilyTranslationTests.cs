using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Packets.Build;
using Natflow.Packets.Family;
using Natflow.Packets.Icmp;
using Natflow.Testing;
using Natflow.Testing.Packets;

namespace Natflow.Packets.Tests.Family;

public sealed class FamilyTranslationTests
{
    private const int Room = 64;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void N64_04_AnyPacket_ThereAndBackIsTheSame(int seed)
    {
        var prng = new Prng(seed);
        for (int step = 0; step < 2_000; step++)
        {
            byte[] addresses = new byte[32];
            prng.NextBytes(addresses);
            uint srcBe = (uint)prng.NextULong();
            uint dstBe = (uint)prng.NextULong();
            byte[] payload = new byte[prng.Next(100)];
            prng.NextBytes(payload);
            PacketBuilder builder = PacketBuilder.Ethernet();
            if (prng.Next(3) == 0) builder.Vlan(5);
            if (prng.Next(3) == 0) builder.Pppoe(9);
            builder.Ipv6(addresses.AsSpan(0, 16), addresses.AsSpan(16), (byte)prng.Next(256));
            byte[] frame = (prng.Next(3) switch
            {
                0 => builder.Udp((ushort)prng.NextULong(), (ushort)prng.NextULong()),
                1 => builder.Tcp((ushort)prng.NextULong(), (ushort)prng.NextULong(), (byte)prng.NextULong()),
                _ => builder.IcmpQuery((byte)(128 + prng.Next(2)), (ushort)prng.NextULong()),
            }).Payload(payload).ToArray();
            int l3 = FrameChecker.IpOffset(frame);

            byte[] room = new byte[Room + frame.Length];
            frame.CopyTo(room.AsSpan(Room));
            Assert.Equal(DropReason.None, Ipv6ToIpv4.TryTranslate(room.AsSpan(Room), l3, srcBe, dstBe, 77, out int shift, out int length));
            Assert.True(FrameChecker.FindFault(room.AsSpan(Room + shift, length)) is null, $"seed {seed}, step {step}");
            Assert.Equal(frame.Length - 20, length);

            int start = Room + shift;
            DropReason back = Ipv4ToIpv6.TryTranslate(
                room.AsSpan(0, start + length), ref start, l3, Ipv6Address.Read(addresses), Ipv6Address.Read(addresses.AsSpan(16)), true, out length);
            Assert.Equal(DropReason.None, back);
            Assert.Equal(frame, room.AsSpan(start, length).ToArray());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void N64_04_AnyBytes_TranslateOrAreRefusedUnchanged(int seed)
    {
        var prng = new Prng(seed);
        int refused = 0;
        for (int step = 0; step < 5_000; step++)
        {
            byte[] frame = new byte[14 + prng.Next(120)];
            prng.NextBytes(frame);
            bool isV6 = prng.Next(2) == 0;
            if (frame.Length > 24)
            {
                frame[14] = (byte)(isV6 ? 0x60 : 0x45);
                BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(isV6 ? 18 : 16), (ushort)prng.Next(140));
                frame[isV6 ? 20 : 23] = (byte)(prng.Next(5) switch { 0 => 6, 1 => 17, 2 => isV6 ? 58 : 1, 3 => 44, _ => 60 });
            }

            byte[] room = [.. new byte[Room], .. frame];
            int start = Room;
            DropReason reason = isV6
                ? Ipv6ToIpv4.TryTranslate(room.AsSpan(Room), 14, 1, 2, 3, out _, out _)
                : Ipv4ToIpv6.TryTranslate(room, ref start, 14, new Ipv6Address(1, 2), new Ipv6Address(3, 4), true, out _);
            if (reason == DropReason.None)
                continue;
            refused++;
            Assert.True(room.AsSpan(Room).SequenceEqual(frame), $"seed {seed}, step {step}: {reason}");
        }

        Assert.InRange(refused, 500, 4_900);
    }

    [Fact]
    public void N64_04_RoutingHeaderWithStopsLeft_IsUntranslatable()
    {
        byte[] spent = PacketBuilder.Ethernet().Ipv6(new byte[16], new byte[16]).Extension(IpProtocol.Routing, [0, 0, 0, 0, 0, 0]).Udp(1, 2).ToArray();
        byte[] live = PacketBuilder.Ethernet().Ipv6(new byte[16], new byte[16]).Extension(IpProtocol.Routing, [0, 1, 0, 0, 0, 0]).Udp(1, 2).ToArray();
        Assert.Equal(DropReason.None, Ipv6ToIpv4.TryTranslate(spent, 14, 1, 2, 3, out _, out _));
        Assert.Equal(DropReason.UntranslatableFamily, Ipv6ToIpv4.TryTranslate(live, 14, 1, 2, 3, out _, out _));
    }

    [Theory]
    [InlineData(3, DropReason.UntranslatableFamily)]
    [InlineData(8, DropReason.None)]
    public void N64_04_SourceRoute_IsUntranslatableWhileItHasStops(byte at, DropReason expected)
    {
        byte[] frame = PacketBuilder.Ethernet().Ipv4(1, 2, options: [1, 131, 7, at == 8 ? (byte)8 : (byte)4, 0, 0, 0, 0]).Udp(1, 2).ToArray();
        byte[] room = [.. new byte[Room], .. frame];
        int start = Room;
        Assert.Equal(expected, Ipv4ToIpv6.TryTranslate(room, ref start, 14, default, default, true, out _));
    }

    [Fact]
    public void N64_04_ErrorWithExtensions_LosesThemAndStaysSound()
    {
        byte[] sent = PacketBuilder.Bare().Ipv4(0x0A000001, 0xC6336401).Udp(5, 6).Payload(new byte[100]).ToArray();
        byte[] frame = PacketBuilder.Ethernet().Ipv4(0x01020304, 0x0A000001).Icmp(11, 0, 32u << 16).Payload(sent).Payload([0x20, 0, 0, 0, 0, 8, 1, 1, 1, 2, 3, 4])
            .ToArray();
        Assert.Equal(128, sent.Length);
        byte[] room = [.. new byte[Room], .. frame];
        Assert.Equal(DropReason.None, IcmpErrorParser.TryParse(frame, 14, false, out IcmpErrorQuote quote));
        int start = Room;
        var outer = new Ipv6Pair(new Ipv6Address(1, 2), new Ipv6Address(3, 4));
        var quoted = new Ipv6Pair(new Ipv6Address(3, 4), new Ipv6Address(5, 6));
        Assert.Equal(DropReason.None, IcmpErrorToIpv6.TryTranslate(room, ref start, 14, in quote, in outer, in quoted, 1500, out int length));
        Assert.Null(FrameChecker.FindFault(room.AsSpan(start, length)));
        Assert.Equal(14 + 40 + 8 + 148, length);
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32BigEndian(room.AsSpan(start + 58)));
    }

    [Fact]
    public void N64_04_FragmentationNeededWithoutMtu_TakesThePlateauBelow()
    {
        byte[] sent = PacketBuilder.Bare().Ipv4(0x0A000001, 0xC6336401).Udp(5, 6).Payload(new byte[1972]).ToArray();
        byte[] frame = PacketBuilder.Ethernet().Ipv4(0x01020304, 0x0A000001).Icmp(3, 4, 0).Payload(sent.AsSpan(0, 28)).ToArray();
        byte[] room = [.. new byte[Room], .. frame];
        Assert.Equal(DropReason.None, IcmpErrorParser.TryParse(frame, 14, false, out IcmpErrorQuote quote));
        int start = Room;
        Assert.Equal(DropReason.None, IcmpErrorToIpv6.TryTranslate(room, ref start, 14, in quote, default, default, 9000, out _));
        Assert.Equal(1512u, BinaryPrimitives.ReadUInt32BigEndian(room.AsSpan(start + 58)));
    }
}
