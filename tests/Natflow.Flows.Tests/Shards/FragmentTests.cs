using Natflow.Core;
using Natflow.Packets.Build;
using Natflow.Testing;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Shards;

public sealed class FragmentTests
{
    [Fact]
    public void UDP_23_FragmentsInOrder_PassBothWays_WithOneMapping()
    {
        using var rig = new ShardRig();
        byte[] original = Frames.Udp((A, 5000), (X1, 53), payloadBytes: 4000);
        RigPacket[] sent = [.. Frames.Fragments(original, 1480, 99).Select(fragment => rig.FromInside(fragment))];

        byte[] whole = Assert.IsType<byte[]>(Frames.Reassemble(sent.Select(static packet => packet.Frame)));
        PacketView packet = PacketView.Of(whole);
        Assert.Equal(PacketView.Of(original).Payload[8..], packet.Payload[8..]);
        Assert.Null(Testing.Packets.FrameChecker.FindFault(whole));
        byte[] answer = Frames.Udp((X1, 53), packet.From, payloadBytes: 3000);
        RigPacket[] back = [.. Frames.Fragments(answer, 1480, 5).Select(rig.FromOutside)];
        Assert.Equal((A, (ushort)5000), PacketView.Of(Assert.IsType<byte[]>(Frames.Reassemble(back.Select(static p => p.Frame)))).To);
        Assert.Equal(1, rig.State.Mappings.Count);
    }

    [Fact]
    public void UDP_24_FloodOfLoneFragments_HurtsNoWholePacket_AndStaysBounded()
    {
        using var rig = new ShardRig();
        (uint, ushort) external = rig.Map((A, 5000), (X1, 53));
        var prng = new Prng(1);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] lone = PacketBuilder.Ethernet().Ipv4(Y + (uint)prng.Next(100), E1, identification: (ushort)prng.Next(65536), fragmentOffsetBytes: 1480)
                .Protocol(IpProtocol.Udp).Payload(new byte[64]).ToArray();
            Assert.False(rig.FromOutside(lone).IsForwarded);
            if (i % 100 == 0)
                Assert.True(rig.FromOutside(Frames.Udp((X1, 53), external)).IsForwarded);
        }

        Assert.True(rig.State.Drops.Read(DropReason.FragmentUnknown) + rig.State.Drops.Read(DropReason.FragmentTableFull) > 19_000);
        Assert.True(rig.ChunksInUse < 600, $"{rig.ChunksInUse} chunks");
    }

    [Fact]
    public void UDP_26_TinyFirstFragment_IsDroppedAndCounted()
    {
        using var rig = new ShardRig();
        byte[] tiny = PacketBuilder.Ethernet().Ipv4(A, X1, identification: 1, moreFragments: true).Protocol(IpProtocol.Tcp).Payload(new byte[8]).ToArray();

        Assert.Equal(DropReason.FragmentBad, rig.FromInside(tiny).Reason);
    }

    [Fact]
    public void UDP_26_FragmentThatOverlapsTheFirst_IsDroppedAndCounted()
    {
        using var rig = new ShardRig();
        byte[][] fragments = [.. Frames.Fragments(Frames.Udp((A, 5000), (X1, 53), payloadBytes: 2000), 1480, 7)];
        Assert.True(rig.FromInside(fragments[0]).IsForwarded);
        byte[] overlapping = PacketBuilder.Ethernet().Ipv4(A, X1, identification: 7, fragmentOffsetBytes: 8).Protocol(IpProtocol.Udp).Payload(new byte[16]).ToArray();

        Assert.Equal(DropReason.FragmentBad, rig.FromInside(overlapping).Reason);
        Assert.True(rig.FromInside(fragments[1]).IsForwarded);
    }

    [Fact]
    public void FragmentOfAFlowThatEnded_IsUnknown()
    {
        using var rig = new ShardRig();
        byte[][] fragments = [.. Frames.Fragments(Frames.Udp((A, 5000), (X1, 53), payloadBytes: 2000), 1480, 7)];
        Assert.True(rig.FromInside(fragments[0]).IsForwarded);
        rig.Wait(TimeSpan.FromMinutes(6));

        Assert.False(rig.FromInside(fragments[1]).IsForwarded);
    }

    [Fact]
    public void FirstFragment_WhenTheContextTableIsFull_IsRefused()
    {
        using var rig = new ShardRig(Defaults with { FragmentCapacity = 8 });
        int refused = 0;
        for (ushort id = 0; id < 40; id++)
            refused += rig.FromInside(Frames.Fragments(Frames.Udp((A, 5000), (X1, 53), payloadBytes: 2000), 1480, id)[0]).Reason == DropReason.FragmentTableFull ? 1 : 0;

        Assert.Equal(32, refused);
    }

    [Fact]
    public void HairpinnedFragments_ReachTheOtherSubscriber()
    {
        using var rig = new ShardRig();
        (uint, ushort) b = rig.Map((B, 6000), (X1, 53));
        RigPacket[] atB = [.. Frames.Fragments(Frames.Udp((A, 5000), b, payloadBytes: 3000), 1480, 3).Select(fragment => rig.FromInside(fragment))];

        Assert.Equal((B, (ushort)6000), PacketView.Of(Assert.IsType<byte[]>(Frames.Reassemble(atB.Select(static packet => packet.Frame)))).To);
    }
}
