using Natflow.Inspect.Build;
using Natflow.Inspect.Observe;
using Natflow.Inspect.Tests.Observe;
using Natflow.Testing;

namespace Natflow.Inspect.Tests.Quic;

public sealed class QuicFlowTests
{
    private const uint Version1 = 1;

    private static readonly byte[] Id = [1, 2, 3, 4, 5, 6, 7, 8];
    private static readonly byte[] Hello = ClientHelloBuilder.Message("quic.example"u8.ToArray(), keyShareBytes: 36, ["h3"u8.ToArray()]);
    private static readonly byte[] BigHello = ClientHelloBuilder.Message("quic.example"u8.ToArray(), keyShareBytes: 1220, ["h3"u8.ToArray()]);
    private static readonly string[] Expected = ["Quic quic.example h3"];

    [Theory]
    [InlineData(1u)]
    [InlineData(0x6B3343CFu)]
    [InlineData(0x709A50C4u)]
    [InlineData(0xFF000016u)]
    [InlineData(0xFF00001Bu)]
    [InlineData(0xFF00001Du)]
    [InlineData(0xFF000022u)]
    [InlineData(0xFACEB002u)]
    [InlineData(0x54303530u)]
    public void OnUdp_InitialOfAnyVersion_GivesTheName(uint version)
    {
        using var rig = new Rig();
        rig.SendUdp(QuicInitialBuilder.Packet(version, Id, Id, 0, QuicInitialBuilder.CryptoFrame(0, Hello)));
        Assert.Equal(Expected, rig.Seen);
    }

    [Fact]
    public void OnUdp_FramesInAnyOrderWithOthersBetween_GiveTheName()
    {
        using var rig = new Rig();
        byte[] frames =
        [
            0x01, .. QuicInitialBuilder.CryptoFrame(100, Hello.AsSpan(100)), 0, 0, 0x02, 5, 0, 1, 1, 0, 0,
            .. QuicInitialBuilder.CryptoFrame(0, Hello.AsSpan(0, 60)), 0x03, 5, 0, 0, 1, 1, 1, 1, .. QuicInitialBuilder.CryptoFrame(40, Hello.AsSpan(40, 70)),
        ];
        rig.SendUdp(QuicInitialBuilder.Packet(Version1, Id, Id, 7, frames));
        Assert.Equal(Expected, rig.Seen);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OnUdp_HelloOverTwoDatagrams_GivesTheNameOnce(bool isReversed)
    {
        using var rig = new Rig();
        byte[][] datagrams =
        [
            QuicInitialBuilder.Packet(Version1, Id, Id, 0, QuicInitialBuilder.CryptoFrame(0, BigHello.AsSpan(0, 1000))),
            QuicInitialBuilder.Packet(Version1, Id, Id, 1, QuicInitialBuilder.CryptoFrame(1000, BigHello.AsSpan(1000))),
        ];
        if (isReversed) Array.Reverse(datagrams);
        rig.SendUdp(datagrams[0]);
        Assert.Empty(rig.Seen);
        rig.SendUdp(datagrams[1]);
        Assert.Equal(Expected, rig.Seen);
        rig.SendUdp(datagrams[1]);
        Assert.Empty(rig.Seen);
    }

    [Fact]
    public void OnUdp_ServersIdTakesThePlace_KeysStay()
    {
        using var rig = new Rig();
        byte[] serverId = [9, 9, 9, 9];
        rig.SendUdp(QuicInitialBuilder.Packet(Version1, Id, Id, 0, QuicInitialBuilder.CryptoFrame(0, BigHello.AsSpan(0, 1000))));
        rig.SendUdp(QuicInitialBuilder.Packet(Version1, Id, serverId, 1, QuicInitialBuilder.CryptoFrame(1000, BigHello.AsSpan(1000))));
        Assert.Equal(Expected, rig.Seen);
    }

    [Fact]
    public void OnUdp_AfterRetry_KeysComeFromTheNewId()
    {
        using var rig = new Rig();
        byte[] retryId = [7, 7, 7, 7, 7];
        rig.SendUdp(QuicInitialBuilder.Packet(Version1, Id, Id, 0, QuicInitialBuilder.CryptoFrame(0, BigHello.AsSpan(0, 1000))));
        rig.SendUdp(QuicInitialBuilder.Packet(Version1, retryId, retryId, 1, QuicInitialBuilder.CryptoFrame(0, BigHello.AsSpan(0, 1000)), token: new byte[90]));
        rig.SendUdp(QuicInitialBuilder.Packet(Version1, retryId, retryId, 2, QuicInitialBuilder.CryptoFrame(1000, BigHello.AsSpan(1000)), token: new byte[90]));
        Assert.Equal(Expected, rig.Seen);
    }

    [Fact]
    public void OnUdp_CoalescedPackets_AreAllRead()
    {
        using var rig = new Rig();
        byte[] first = QuicInitialBuilder.Packet(Version1, Id, Id, 0, QuicInitialBuilder.CryptoFrame(0, Hello.AsSpan(0, 50)), plainBytesMin: 100);
        byte[] second = QuicInitialBuilder.Packet(Version1, Id, Id, 1, QuicInitialBuilder.CryptoFrame(50, Hello.AsSpan(50)), plainBytesMin: 100);
        rig.SendUdp([.. first, .. second, 0x40, 1, 2, 3]);
        Assert.Equal(Expected, rig.Seen);
    }

    [Fact]
    public void OnUdp_AnotherConnectionOfTheSamePorts_GivesItsName()
    {
        using var rig = new Rig();
        byte[] otherId = [5, 5, 5, 5, 5, 5, 5, 5];
        rig.SendUdp(QuicInitialBuilder.Packet(Version1, Id, Id, 0, QuicInitialBuilder.CryptoFrame(0, Hello)));
        rig.SendUdp(QuicInitialBuilder.Packet(Version1, otherId, otherId, 0, QuicInitialBuilder.CryptoFrame(0, ClientHelloBuilder.Message("b.example"u8.ToArray()))));
        Assert.Equal([.. Expected, "Quic b.example"], rig.Seen);
    }

    [Fact]
    public void OnUdp_PacketOfAnotherKey_IsCountedAndLeavesTheFlowAsItWas()
    {
        using var rig = new Rig();
        byte[] wrongId = [4, 4, 4, 4];
        rig.SendUdp(QuicInitialBuilder.Packet(Version1, Id, Id, 0, QuicInitialBuilder.CryptoFrame(0, BigHello.AsSpan(0, 1000))));
        rig.SendUdp(QuicInitialBuilder.Packet(Version1, wrongId, Id, 1, QuicInitialBuilder.CryptoFrame(0, Hello)));
        rig.SendUdp(QuicInitialBuilder.Packet(Version1, Id, Id, 2, QuicInitialBuilder.CryptoFrame(1000, BigHello.AsSpan(1000))));
        Assert.Equal(Expected, rig.Seen);
        Assert.True(rig.Inspector.Counters.InitialsNotOpened <= 1); // Its own id is the known one: no second key is tried.
    }

    [Fact]
    public void OnUdp_ForThePacketPath_IsDoneWithTheHello()
    {
        using var rig = new Rig(new InspectorSettings { FlowCapacity = 16, BufferBytes = 1 << 16 });
        Assert.Equal(InspectOutcome.Pending, rig.SendUdp(QuicInitialBuilder.Packet(Version1, Id, Id, 0, QuicInitialBuilder.CryptoFrame(0, BigHello.AsSpan(0, 1000)))));
        Assert.Equal(InspectOutcome.Done, rig.SendUdp(QuicInitialBuilder.Packet(Version1, Id, Id, 1, QuicInitialBuilder.CryptoFrame(1000, BigHello.AsSpan(1000)))));
        Assert.Equal((0, 0), (rig.Inspector.FlowCount, rig.Inspector.Counters.PagesUsed));
        Assert.Equal(InspectOutcome.Done, rig.SendUdp([1, 2, 3], port: 9999));
    }

    [Fact]
    public void OnUdp_MutatedDatagrams_NeverFail()
    {
        var prng = new Prng(6);
        using var rig = new Rig();
        byte[] original = QuicInitialBuilder.Packet(Version1, Id, Id, 0, QuicInitialBuilder.CryptoFrame(0, Hello), plainBytesMin: 300);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = (byte[])original.Clone();
            for (int change = prng.Next(3); change >= 0; change--)
                bytes[prng.Next(round % 2 == 0 ? 30 : bytes.Length)] = (byte)prng.NextULong();
            rig.SendUdp(bytes.AsSpan(0, round % 3 == 0 ? 1 + prng.Next(bytes.Length) : bytes.Length), flow: 1 + (round % 100));
            rig.Inspector.Observations.Clear();
        }

        Assert.True(rig.Inspector.Counters.InitialsNotOpened > 1000);
    }
}
