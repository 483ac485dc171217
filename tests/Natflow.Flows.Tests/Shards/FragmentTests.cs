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

    public static TheoryData<int[]> Orders() => [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    [Theory, MemberData(nameof(Orders))]
    public void UDP_23_ThreeFragments_InEveryOrder_BothWays(int[] order)
    {
        using var rig = new ShardRig();
        (uint Address, ushort Port) external = rig.Map((A, 5000), (X1, 53));
        byte[][] sent = [.. Frames.Fragments(Frames.Udp((A, 5000), (X1, 53), payloadBytes: 4000), 1480, 99)];
        byte[][] back = [.. Frames.Fragments(Frames.Udp((X1, 53), external, payloadBytes: 4000), 1480, 99)];

        byte[] outside = Assert.IsType<byte[]>(Frames.Reassemble(Pass(rig, [.. order.Select(i => rig.FromInside(sent[i]))])));
        byte[] inside = Assert.IsType<byte[]>(Frames.Reassemble(Pass(rig, [.. order.Select(i => rig.FromOutside(back[i]))])));

        Assert.Equal((external, (A, (ushort)5000)), (PacketView.Of(outside).From, PacketView.Of(inside).To));
        Assert.All([outside, inside], whole => Assert.Null(Testing.Packets.FrameChecker.FindFault(whole)));
        Assert.All([outside, inside], whole => Assert.Equal(Frames.Pattern(4000), PacketView.Of(whole).Payload[8..]));
        Assert.Equal((1, 0), (rig.State.Mappings.Count, rig.ChunksInUse));
    }

    [Fact]
    public void UDP_23_FragmentThatWaitsInVain_IsGivenUpAfterTwoSeconds_AndCounted()
    {
        using var rig = new ShardRig();
        byte[][] fragments = [.. Frames.Fragments(Frames.Udp((A, 5000), (X1, 53), payloadBytes: 2000), 1480, 7)];
        Assert.Equal(Verdict.Held, rig.FromInside(fragments[1]).Verdict);
        rig.Wait(TimeSpan.FromMilliseconds(1_999));
        Assert.Equal(1, rig.ChunksInUse);
        rig.Wait(TimeSpan.FromMilliseconds(1));

        Assert.Equal((0, 1ul), (rig.ChunksInUse, rig.State.Drops.Read(DropReason.FragmentUnknown)));
    }

    [Fact]
    public void UDP_24_OneSendersFlood_LeavesRoomForAnothersFragments()
    {
        using var rig = new ShardRig();
        for (ushort id = 0; id < 200; id++)
        {
            rig.FromOutside(PacketBuilder.Ethernet().Ipv4(Y, E1, identification: id, fragmentOffsetBytes: 1480)
                .Protocol(IpProtocol.Udp).Payload(new byte[64]).ToArray());
        }

        byte[][] fragments = [.. Frames.Fragments(Frames.Udp((A, 5000), (X1, 53), payloadBytes: 2000), 1480, 7)];
        Assert.Equal(Verdict.Held, rig.FromInside(fragments[1]).Verdict);
        Assert.Equal(17, rig.ChunksInUse);
    }

    [Fact]
    public void UDP_26_HeldFragmentThatOverlapsTheFirst_IsDropped()
    {
        using var rig = new ShardRig();
        byte[] overlapping = PacketBuilder.Ethernet().Ipv4(A, X1, identification: 7, fragmentOffsetBytes: 8).Protocol(IpProtocol.Udp).Payload(new byte[16]).ToArray();
        Assert.Equal(Verdict.Held, rig.FromInside(overlapping).Verdict);

        rig.FromInside(Frames.Fragments(Frames.Udp((A, 5000), (X1, 53), payloadBytes: 2000), 1480, 7)[0]);

        Assert.Empty(rig.TakeExtras());
        Assert.Equal((1ul, 0), (rig.State.Drops.Read(DropReason.FragmentBad), rig.ChunksInUse));
    }

    [Fact]
    public void U_10_EqualIdentificationsOfTwoHosts_LeaveDifferent()
    {
        using var rig = new ShardRig();
        byte[][] a = [.. Frames.Fragments(Frames.Udp((A, 5000), (X1, 53), payloadBytes: 3000), 1480, 7)];
        byte[][] b = [.. Frames.Fragments(Frames.Udp((B, 5000), (X1, 53), payloadBytes: 3000), 1480, 7)];
        var sent = new List<(uint Host, byte[] Frame)>();
        for (int i = 0; i < a.Length; i++)
        {
            sent.Add((A, rig.FromInside(a[i]).Frame));
            sent.Add((B, rig.FromInside(b[i]).Frame));
        }

        foreach (IGrouping<uint, (uint Host, byte[] Frame)> host in sent.GroupBy(static part => part.Host))
            Assert.NotNull(Frames.Reassemble(host.Select(static part => part.Frame)));
        Assert.Equal(2, sent.Select(static part => PacketView.Of(part.Frame).Identification).Distinct().Count());
    }

    [Theory, InlineData(1400), InlineData(600), InlineData(68)]
    public void UDP_22_DontFragmentClear_IsCut_FirstFragmentFirst(int mtu)
    {
        using var rig = new ShardRig();
        rig.State.Paths[Paths.PathTable.AsIsWan].MtuBytes = (ushort)mtu;
        byte[] original = Frames.Udp((A, 5000), (X1, 53), payloadBytes: 1472);

        RigPacket first = rig.FromInside(original);
        byte[][] all = [first.Frame, .. rig.TakeExtras().Select(static extra => extra.Frame)];

        Assert.Equal((true, 0, true), (first.IsForwarded, first.Packet.FragmentOffset, first.Packet.MoreFragments));
        Assert.All(all, part => Assert.True(PacketView.Of(part).TotalBytes <= mtu));
        Assert.Equal(all.Select(static part => PacketView.Of(part).FragmentOffset).Order(), all.Select(static part => PacketView.Of(part).FragmentOffset));
        byte[] whole = Assert.IsType<byte[]>(Frames.Reassemble(all));
        Assert.Null(Testing.Packets.FrameChecker.FindFault(whole));
        Assert.Equal(PacketView.Of(original).Payload[8..], PacketView.Of(whole).Payload[8..]);
        Assert.Equal(0, rig.ChunksInUse);
    }

    [Fact]
    public void UDP_22_FragmentThatIsTooBigItself_IsCutAgain()
    {
        using var rig = new ShardRig();
        rig.State.Paths[Paths.PathTable.AsIsWan].MtuBytes = 1000;
        byte[][] fragments = [.. Frames.Fragments(Frames.Udp((A, 5000), (X1, 53), payloadBytes: 4000), 1480, 7)];

        byte[][] all = Pass(rig, [.. fragments.Select(fragment => rig.FromInside(fragment))]);

        Assert.True(all.Length > fragments.Length);
        Assert.Equal(Frames.Pattern(4000), PacketView.Of(Assert.IsType<byte[]>(Frames.Reassemble(all))).Payload[8..]);
    }

    [Fact]
    public void Cut_OptionsWithoutTheCopiedFlag_StayWithTheFirstFragment()
    {
        using var rig = new ShardRig();
        rig.State.Paths[Paths.PathTable.AsIsWan].MtuBytes = 600;
        byte[] options = [7, 7, 4, 1, 2, 3, 4, 0x94, 4, 0, 0, 0];
        byte[] original = PacketBuilder.Ethernet().Ipv4(A, X1, options: options).Udp(5000, 53).Payload(new byte[1000]).ToArray();

        RigPacket first = rig.FromInside(original);
        RigPacket later = rig.TakeExtras()[0];

        Assert.Equal(options, first.Packet.Bytes[20..32]);
        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 0x94, 4, 0, 0, 0], later.Packet.Bytes[20..32]);
    }

    private static byte[][] Pass(ShardRig rig, RigPacket[] sent)
    {
        IEnumerable<RigPacket> left = sent.Where(static packet => packet.IsForwarded).Concat(rig.TakeExtras());
        return [.. left.Select(static packet => packet.Frame)];
    }
}
