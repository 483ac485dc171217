using System.Buffers.Binary;
using Natflow.Inspect.Observe;
using Natflow.Packets.Build;
using Natflow.Testing;

namespace Natflow.Inspect.Tests.Observe;

public sealed class PacketObserverTests
{
    private static readonly InspectorSettings Settings = new() { FlowCapacity = 64, BufferBytes = 1 << 20, FollowsConnections = true };
    private static readonly byte[] Query = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 97, 98, 99, 0, 0, 1, 0, 1];

    [Theory]
    [InlineData("")]
    [InlineData("81000064")]
    [InlineData("88a800648100000a8100000b8100000c")]
    [InlineData("884700001000000021ff")]
    [InlineData("8847000011ff00000000020000000002020000000001")] // Ethernet over MPLS, with a control word.
    [InlineData("893f000000000000")]
    [InlineData("892600000000")]
    public void OnFrame_UnderAnyLink_IsSeen(string between)
    {
        byte[] frame = PacketBuilder.Ethernet().Ipv4(0x0A000001, 0x08080808).Udp(5555, 53).Payload(Query).ToArray();
        byte[] inserted = Convert.FromHexString(between);
        byte[] type = between.StartsWith("8847", StringComparison.Ordinal) && inserted.Length < 20 ? [] : [.. frame[12..14]];
        Assert.Equal(1, Observe([.. frame[..12], .. inserted, .. type, .. frame[14..]]));
    }

    [Fact]
    public void OnFrame_PppoeAndSnap_AreSeen()
    {
        byte[] frame = PacketBuilder.Ethernet().Ipv4(0x0A000001, 0x08080808).Udp(5555, 53).Payload(Query).ToArray();
        byte[] packet = frame[14..];
        Assert.Equal(1, Observe([.. frame[..12], 0x88, 0x64, 0x11, 0, 0, 7, 0, (byte)(packet.Length + 2), 0, 0x21, .. packet]));
        Assert.Equal(1, Observe([.. frame[..12], 0, (byte)(packet.Length + 8), 0xAA, 0xAA, 3, 0, 0, 0, 8, 0, .. packet]));
        Assert.Equal(0, Observe([.. frame[..12], 0x12, 0x34, .. packet]));
    }

    [Fact]
    public void OnPacket_TunnelInside_IsNotLookedAt()
    {
        byte[] packet = PacketBuilder.Ethernet().Ipv4(0x0A000001, 0x08080808).Udp(5555, 53).Payload(Query).ToArray()[14..];
        byte[] outer = [0x45, 0, 0, (byte)(20 + packet.Length), 0, 0, 0, 0, 64, 4, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2];
        Assert.Equal(0, Observe([.. new byte[12], 8, 0, .. outer, .. packet]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OnPacket_Ipv4Fragments_ArePutTogether(bool isReversed)
    {
        byte[] packet = PacketBuilder.Ethernet().Ipv4(0x0A000001, 0x08080808).Udp(5555, 53).Payload(Query).ToArray()[14..];
        byte[][] fragments = [Fragment(packet, 0, 16, hasMore: true), Fragment(packet, 16, packet.Length - 36, hasMore: false)];
        if (isReversed) Array.Reverse(fragments);
        using var inspector = new Inspector(Settings);
        using var observer = new PacketObserver(inspector, Settings);
        observer.OnPacket(fragments[0], 0);
        Assert.Equal(0, inspector.Observations.Count);
        observer.OnPacket(fragments[1], 0);
        Assert.Equal(1, inspector.Observations.Count);
    }

    [Fact]
    public void OnPacket_Ipv6WithExtensionsAndFragments_IsSeen()
    {
        byte[] udp = [0x15, 0xB3, 0, 53, 0, (byte)(8 + Query.Length), 0, 0, .. Query];
        byte[] addresses = [.. Enumerable.Range(1, 32).Select(static i => (byte)i)];
        byte[] Packet(byte next, byte[] payload) => [0x60, 0, 0, 0, 0, (byte)payload.Length, next, 64, .. addresses, .. payload];
        using var inspector = new Inspector(Settings);
        using var observer = new PacketObserver(inspector, Settings);
        observer.OnPacket(Packet(0, [60, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0, .. udp]), 0);
        Assert.Equal(1, inspector.Observations.Count);
        observer.OnPacket(Packet(44, [17, 0, 0, 0, 0, 0, 0, 9, .. udp]), 0);
        Assert.Equal(2, inspector.Observations.Count);
        observer.OnPacket(Packet(44, [17, 0, 0, 16, 0, 0, 0, 8, .. udp[16..]]), 0);
        observer.OnPacket(Packet(44, [17, 0, 0, 1, 0, 0, 0, 8, .. udp[..16]]), 0);
        Assert.Equal(3, inspector.Observations.Count);
        Assert.True(inspector.Observations.Observations[2].Ends.IsIpv6);
    }

    [Fact]
    public void OnFrame_RandomAndMutatedFrames_NeverFail()
    {
        var prng = new Prng(9);
        byte[] original = PacketBuilder.Ethernet().Ipv4(0x0A000001, 0x08080808).Tcp(5555, 80, 0x18, 1, 1)
            .Payload("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8).ToArray();
        using var inspector = new Inspector(Settings);
        using var observer = new PacketObserver(inspector, Settings);
        for (int round = 0; round < 50_000; round++)
        {
            byte[] bytes = (byte[])original.Clone();
            for (int change = prng.Next(4); change >= 0; change--)
                bytes[12 + prng.Next(bytes.Length - 12)] = (byte)prng.NextULong();
            observer.OnFrame(bytes.AsSpan(0, prng.Next(bytes.Length + 1)), round);
            inspector.Observations.Clear();
        }

        Assert.True(inspector.Counters.Observations > 100);
    }

    private static int Observe(byte[] frame)
    {
        using var inspector = new Inspector(Settings);
        using var observer = new PacketObserver(inspector, Settings);
        observer.OnFrame(frame, 0);
        return inspector.Observations.Count;
    }

    private static byte[] Fragment(byte[] packet, int offset, int length, bool hasMore)
    {
        byte[] fragment = [.. packet[..20], .. packet[(20 + offset)..(20 + offset + length)]];
        BinaryPrimitives.WriteUInt16BigEndian(fragment.AsSpan(2), (ushort)fragment.Length);
        BinaryPrimitives.WriteUInt16BigEndian(fragment.AsSpan(6), (ushort)((hasMore ? 0x2000 : 0) | (offset / 8)));
        return fragment;
    }
}
