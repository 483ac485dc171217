using Natflow.Conformance.Bench;
using Natflow.Conformance.Report;
using Natflow.Core;
using Natflow.Packets.Build;
using Natflow.Testing;
using Natflow.Testing.Flows;
using Natflow.Testing.Packets;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Conformance.Rows;

/// <summary>RFC 4787: ICMP errors, fragments, checksums.</summary>
[Collection(ConformanceRuns.Name)]
public sealed class UdpErrorRows(ConformanceReport report) : RequirementTests(report)
{
    [Theory, Requirement("UDP-18")]
    public void UDP_18_NoErrorEndsAMapping(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Map((A, 5000), (X1, 53));
        byte[] left = bench.FromInside(Frames.Udp((A, 5000), (X1, 53)))!.Frame;
        foreach ((byte type, byte code) in Procedures.ErrorKinds)
            bench.ErrorFromOutside(left, type, code);
        bench.ErrorFromOutside(left, 5, 0);
        Assert.Equal((A, (ushort)5000), bench.FromOutside(Frames.Udp((X1, 53), external))?.Packet.To);
        Assert.Equal(external, bench.Map((A, 5000), (X2, 53)));
    });

    [Theory, Requirement("UDP-19")]
    public void UDP_19_ErrorFromAnyRouter_ReachesTheSender(BenchPath path) => Check(path, static bench =>
    {
        bench.Map((A, 5000), (X1, 53));
        byte[] left = bench.FromInside(Frames.Udp((A, 5000), (X1, 53)))!.Frame;
        Assert.All((uint[])[X1, X2, Y], source =>
        {
            Arrival? error = bench.ErrorFromOutside(left, 11, 0, source: source);
            Assert.Equal((Side.Lan, source, A), (error!.Side, error.Packet.Source, error.Packet.Destination));
        });
    });

    [Theory, Requirement("UDP-20")]
    public void UDP_20_ClosedPort_IsToldToTheSender(BenchPath path) => Check(path, static bench =>
    {
        bench.Map((A, 5000), (X1, 53));
        byte[] sent = Frames.Udp((A, 5000), (X1, 53), payloadBytes: 40);
        Arrival? error = bench.ErrorFromOutside(bench.FromInside(sent)!.Frame, 3, 3, source: X1);
        Assert.Equal((A, (byte)3, (byte)3), (error!.Packet.Destination, error.Packet.Icmp.Type, error.Packet.Icmp.Code));
        Quotes.AssertQuotes(sent, error.Packet.Quote);
    });

    [Theory, Requirement("UDP-21")]
    public void UDP_21_TooBigWithDontFragment_IsReportedWithTheMtu(BenchPath path) => Check(path, static bench =>
    {
        bench.Map((A, 5000), (X1, 53));
        bench.SetMtu(Side.Wan, 1400);
        byte[] big = PacketBuilder.Ethernet().Ipv4(A, X1, dontFragment: true).Udp(5000, 53).Payload(Frames.Pattern(1472)).ToArray();
        Arrival? answer = bench.FromInside(big);
        Assert.Equal((Side.Lan, GatewayInside, A), (answer!.Side, answer.Packet.Source, answer.Packet.Destination));
        Assert.Equal(((byte)3, (byte)4, (ushort)1400), (answer.Packet.Icmp.Type, answer.Packet.Icmp.Code, answer.Packet.NextHopMtu));
        Quotes.AssertQuotes(big, answer.Packet.Quote);
        byte[] fits = PacketBuilder.Ethernet().Ipv4(A, X1, dontFragment: true).Udp(5000, 53).Payload(Frames.Pattern(1372)).ToArray();
        Assert.Equal(Side.Wan, bench.FromInside(fits)?.Side);
    });

    [Theory, Requirement("UDP-22")]
    public void UDP_22_TooBigWithoutDontFragment_IsCut_FirstFragmentFirst(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Map((A, 5000), (X1, 53));
        bench.SetMtu(Side.Wan, 1400);
        byte[] big = Frames.Udp((A, 5000), (X1, 53), payloadBytes: 1472);
        byte[][] left = [.. bench.Send(Side.Lan, big).Select(static arrival => arrival.Frame)];
        Assert.True(left.Length > 1 && PacketView.Of(left[0]).FragmentOffset == 0);
        Assert.All(left, static frame => Assert.True(PacketView.Of(frame).TotalBytes <= 1400));
        byte[] whole = Assert.IsType<byte[]>(Frames.Reassemble(left));
        Assert.Null(FrameChecker.FindFault(whole));
        Assert.Equal((external, (X1, (ushort)53)), (PacketView.Of(whole).From, PacketView.Of(whole).To));
        Assert.Equal(PacketView.Of(big).Payload[8..], PacketView.Of(whole).Payload[8..]);
        Assert.Equal(0, bench.ChunksInUse);
    });

    [Theory, Requirement("UDP-23")]
    public void UDP_23_ThreeFragmentsInEachOrder_BothWays_OneMapping(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Map((A, 5000), (X1, 53));
        ushort id = 100;
        foreach (int[] order in Procedures.OrdersOfThree)
        {
            IReadOnlyList<byte[]> sent = Frames.Fragments(Frames.Udp((A, 5000), (X1, 53), payloadBytes: 4000), 1480, id);
            IReadOnlyList<byte[]> back = Frames.Fragments(Frames.Udp((X1, 53), external, payloadBytes: 4000), 1480, id++);
            AssertWhole(bench.SendInOrder(Side.Lan, sent, order), external, (X1, 53), order);
            AssertWhole(bench.SendInOrder(Side.Wan, back, order), (X1, 53), (A, 5000), order);
        }

        Assert.Equal(1, bench.States.Sum(static state => state.Mappings.Count));
        Assert.Equal(0, bench.ChunksInUse);
    });

    [Theory, Requirement("UDP-24")]
    public void UDP_24_FloodOfLoneFragments_HurtsNoWholePacket(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Map((A, 5000), (X1, 53));
        var prng = new Prng(1);
        for (int i = 0; i < 10_000; i++)
        {
            byte[] lone = PacketBuilder.Ethernet().Ipv4(Y + (uint)prng.Next(100), E1, identification: (ushort)prng.Next(65536), fragmentOffsetBytes: 1480)
                .Protocol(IpProtocol.Udp).Payload(new byte[64]).ToArray();
            Assert.Empty(bench.Send(Side.Wan, lone));
            if (i % 100 == 0)
                Assert.Equal((A, (ushort)5000), bench.FromOutside(Frames.Udp((X1, 53), external))?.Packet.To);
        }

        Assert.True(bench.Drops(DropReason.FragmentUnknown) + bench.Drops(DropReason.FragmentTableFull) > 9_000);
        Assert.InRange(bench.ChunksInUse, 0, 2 * bench.Settings.HeldFragmentCapacity);
        bench.Wait(TimeSpan.FromSeconds(5));
        Assert.Equal(0, bench.ChunksInUse);
    });

    [Theory, Requirement("UDP-25")]
    public void UDP_25_ChecksumZeroStaysZero_AndAComputedZeroIsAllOnes(BenchPath path) => Check(path, static bench =>
    {
        (uint Address, ushort Port) external = bench.Map((A, 5000), (X1, 53));
        Arrival? sent = bench.FromInside(PacketBuilder.Ethernet().Ipv4(A, X1).Udp(5000, 53, hasChecksum: false).Payload([1, 2]).ToArray());
        Arrival? back = bench.FromOutside(PacketBuilder.Ethernet().Ipv4(X1, E1).Udp(53, external.Port, hasChecksum: false).Payload([1, 2]).ToArray());
        Assert.All([sent, back], static packet => Assert.Equal([0, 0], packet!.Packet.Bytes[26..28]));

        int allOnes = 0;
        for (int word = 0; word <= ushort.MaxValue; word++)
        {
            byte[] payload = [(byte)(word >> 8), (byte)word];
            byte[] outside = PacketBuilder.Ethernet().Ipv4(external.Address, X1).Udp(external.Port, 53).Payload(payload).ToArray();
            if (outside[40] != 0xFF || outside[41] != 0xFF)
                continue;
            byte[] left = bench.FromInside(PacketBuilder.Ethernet().Ipv4(A, X1).Udp(5000, 53).Payload(payload).ToArray())!.Frame;
            Assert.Equal([0xFF, 0xFF], left[40..42]);
            allOnes++;
        }

        Assert.NotEqual(0, allOnes);
    });

    [Theory, Requirement("UDP-26")]
    public void UDP_26_TinyAndOverlappingFragments_AreDroppedAndCounted(BenchPath path) => Check(path, static bench =>
    {
        IReadOnlyList<byte[]> fragments = Frames.Fragments(Frames.Udp((A, 5000), (X1, 53), payloadBytes: 2000), 1480, 7);
        Assert.Equal(Side.Wan, bench.FromInside(fragments[0])?.Side);
        byte[] overlapping = PacketBuilder.Ethernet().Ipv4(A, X1, identification: 7, fragmentOffsetBytes: 8).Protocol(IpProtocol.Udp).Payload(new byte[16]).ToArray();
        byte[] tiny = PacketBuilder.Ethernet().Ipv4(A, X1, identification: 1, moreFragments: true).Protocol(IpProtocol.Tcp).Payload(new byte[8]).ToArray();
        Assert.Null(bench.FromInside(overlapping));
        Assert.Null(bench.FromInside(tiny));
        Assert.Equal(2ul, bench.Drops(DropReason.FragmentBad));
        Assert.Equal(Side.Wan, bench.FromInside(fragments[1])?.Side);
    });

    private static void AssertWhole(byte[][] left, (uint, ushort) from, (uint, ushort) to, int[] order)
    {
        byte[]? whole = Frames.Reassemble(left);
        Assert.True(whole is not null, $"order {string.Join(' ', order)}: {left.Length} fragments left");
        Assert.Null(FrameChecker.FindFault(whole));
        PacketView packet = PacketView.Of(whole);
        Assert.Equal((from, to), (packet.From, packet.To));
        Assert.Equal(Frames.Pattern(4000), packet.Payload[8..]);
    }
}
