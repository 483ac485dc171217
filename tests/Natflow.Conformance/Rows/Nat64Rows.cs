using System.Buffers.Binary;
using Natflow.Conformance.Bench;
using Natflow.Conformance.Report;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Conntrack;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Packets.Family;
using Natflow.Testing.Flows;
using static Natflow.Conformance.Bench.Ipv6Frames;
using Rig = Natflow.Testing.Flows.ShardRig;

namespace Natflow.Conformance.Rows;

/// <summary>RFC 6146, RFC 7915 and RFC 6052: IPv6 subscribers of the IPv4 internet.</summary>
[Collection(ConformanceRuns.Name)]
public sealed class Nat64Rows(ConformanceReport report) : RequirementTests(report)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);
    private static readonly Nat64Prefix WellKnown = new(Nat64Prefix.WellKnown);

    private static Ipv6Address X64 => Embed(Rig.X1);

    [Theory, Requirement("N64-01")]
    public void N64_01_MappingHairpinAndParity_AreThoseOfNat44(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = Open(bench, A, X64, 5000, 53);
        Assert.Equal(external, Open(bench, A, Embed(Rig.Y), 5000, 53));
        Assert.Equal(external, Open(bench, A, X64, 5000, 99));
        for (ushort port = 6000; port < 6040; port++)
            Assert.Equal(port % 2, Open(bench, A, X64, port, 53).Port % 2);

        (uint Address, ushort Port) b = Open(bench, B, X64, 7000, 53);
        Assert.NotEqual(external, b);
        Arrival? atB = bench.FromInside(Udp(A, Embed(b.Address), 5000, b.Port));
        Assert.Equal((Side.Lan, Embed(external.Item1), B), (atB!.Side, Source(atB), Destination(atB)));
        Assert.Equal((external.Item2, (ushort)7000), (Half(Segment(atB), 0), Half(Segment(atB), 2)));
    }, With);

    [Theory, Requirement("N64-02")]
    public void N64_02_Timers_AreThoseOfNat44(BenchPath path) => Check(path, static bench =>
    {
        (uint Address, ushort Port) udp = Open(bench, A, X64, 5000, 53);
        bench.Wait(TimeSpan.FromMinutes(5) - Tick);
        Assert.NotNull(bench.FromOutside(Frames.Udp((Rig.X1, 53), udp)));
        bench.Wait(Tick);
        Assert.Null(bench.FromOutside(Frames.Udp((Rig.X1, 53), udp)));

        (uint Address, ushort Port) tcp = bench.FromInside(Tcp(A, X64, 4000, 80, TcpFlags.Syn))!.Packet.From;
        Assert.NotNull(bench.FromOutside(Frames.SynAck((Rig.X1, 80), tcp)));
        bench.FromInside(Tcp(A, X64, 4000, 80, TcpFlags.Ack));
        bench.Wait(TimeSpan.FromMinutes(124) - Tick);
        Assert.NotNull(bench.FromOutside(Frames.Tcp((Rig.X1, 80), tcp, TcpFlags.Ack, 5)));

        (uint Address, ushort Port) opening = bench.FromInside(Tcp(A, X64, 4001, 80, TcpFlags.Syn))!.Packet.From;
        bench.Wait(TimeSpan.FromMinutes(4));
        Assert.Null(bench.FromOutside(Frames.SynAck((Rig.X1, 80), opening)));

        ushort identifier = bench.FromInside(Echo(A, X64, 128, 42))!.Packet.Identifier;
        bench.Wait(TimeSpan.FromSeconds(60) - Tick);
        Assert.NotNull(bench.FromOutside(Frames.Pong(Rig.X1, Rig.E1, identifier)));
        bench.Wait(Tick);
        Assert.Null(bench.FromOutside(Frames.Pong(Rig.X1, Rig.E1, identifier)));

        Assert.Null(bench.FromOutside(Frames.Syn((Rig.Y, 80), (Rig.E1, 4000))));
        Assert.Empty(bench.Wait(TimeSpan.FromMilliseconds(5_999)));
        Assert.Equal(Side.Wan, Assert.Single(bench.Wait(Tick)).Side);
    }, With);

    [Theory, Requirement("N64-03")]
    public void N64_03_FragmentsChecksumsAndDontFragment_FollowTheRules(BenchPath path) => CheckEach(
        path, [true, false], static (settings, computes) => With(settings) with { Ipv6 = With(settings).Ipv6 with { Nat64ComputesUdpChecksum = computes } },
        static (bench, computes) =>
        {
            (uint Address, ushort Port) external = Open(bench, A, X64, 5000, 53);
            byte[] bare = PacketBuilder.Ethernet().Ipv4(Rig.X1, Rig.E1).Udp(53, external.Port, hasChecksum: false).Payload(Frames.Pattern(31)).ToArray();
            Assert.Equal(computes, bench.FromOutside(bare) is not null);
            Assert.Equal(computes ? 0ul : 1, bench.Drops(DropReason.UntranslatableFamily));

            Assert.False(bench.FromInside(Udp(A, X64, 5000, 53, payloadBytes: 1232))!.Packet.DontFragment);
            Assert.True(bench.FromInside(Udp(A, X64, 5000, 53, payloadBytes: 1233))!.Packet.DontFragment);

            byte[] datagram = Udp(A, X64, 5000, 53, payloadBytes: 2000);
            byte[] segment = Packet(datagram)[IpBytes..];
            byte[][] left = [.. Enumerable.Range(0, 2).Select(i => bench.FromInside(
                Fragment(A, X64, 77, i * 1232, i == 0, segment[(i * 1232)..Math.Min(segment.Length, (i + 1) * 1232)]))!.Frame)];
            byte[] whole = Assert.IsType<byte[]>(Frames.Reassemble(left));
            Assert.Null(Testing.Packets.FrameChecker.FindFault(whole));
            Assert.Equal(external, PacketView.Of(whole).From);

            bench.SetMtu(Side.Lan, 1280);
            byte[] large = PacketBuilder.Ethernet().Ipv4(Rig.X1, Rig.E1, dontFragment: true).Udp(53, external.Port).Payload(Frames.Pattern(1300)).ToArray();
            Arrival told = Assert.Single(bench.Send(Side.Wan, large));
            Assert.Equal((Side.Wan, 3, 4, 1260), (told.Side, told.Packet.Icmp.Type, told.Packet.Icmp.Code, told.Packet.NextHopMtu));
            Arrival[] parts = [.. bench.Send(Side.Wan, Frames.Udp((Rig.X1, 53), external, payloadBytes: 1300))];
            Assert.All(parts, static part => Assert.InRange(Packet(part.Frame).Length, 48, 1280));
            Assert.Equal(Frames.Pattern(1300), parts.SelectMany(static part => Segment(part)[8..]).Skip(8));
            bench.SetMtu(Side.Lan, 1500);

            foreach (int[] order in Procedures.OrdersOfThree)
            {
                IReadOnlyList<byte[]> back = Frames.Fragments(Frames.Udp((Rig.X1, 53), external, payloadBytes: 3000), 1208, (ushort)(order[0] + (3 * order[1])));
                Arrival[] got = [.. order.SelectMany(i => bench.Send(Side.Wan, back[i]))];
                Assert.True(got.Length == back.Count, $"order {string.Join(' ', order)}: {got.Length} fragments");
                byte[] payload = [.. got.OrderBy(static part => Half(Segment(part), 2) & 0xFFF8).SelectMany(static part => Segment(part)[8..])];
                Assert.All(got, static part => Assert.Equal((X64, A), (Source(part), Destination(part))));
                Assert.Equal(Frames.Pattern(3000), payload[8..]);
            }
        });

    [Theory, Requirement("N64-04")]
    public void N64_04_TypesAndCodes_FollowTheTable_BothWays(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = Open(bench, A, X64, 5000, 53);
        byte[] sent = Udp(A, X64, 5000, 53);
        byte[] left = bench.FromInside(sent)!.Frame;
        (byte, byte, uint, byte, byte, uint)[] inward =
        [
            (3, 1, 0, 1, 0, 0), (3, 3, 0, 1, 4, 0), (3, 4, 1400, 2, 0, 1420), (3, 4, 500, 2, 0, 1280), (3, 13, 0, 1, 1, 0), (11, 0, 0, 3, 0, 0),
        ];
        foreach ((byte type, byte code, uint rest, byte expectedType, byte expectedCode, uint expectedRest) in inward)
        {
            Arrival? error = bench.ErrorFromOutside(left, type, code, rest, quotedBytesMax: 1000);
            byte[] segment = Segment(error!);
            Assert.Equal((Embed(Rig.Y), A), (Source(error!), Destination(error!)));
            Assert.Equal((expectedType, expectedCode, expectedRest), (segment[0], segment[1], BinaryPrimitives.ReadUInt32BigEndian(segment.AsSpan(4))));
            Assert.Equal(Packet(sent)[IpBytes..], segment[(8 + IpBytes)..]);
        }

        byte[] original = Frames.Udp((Rig.X1, 53), external);
        byte[] delivered = bench.FromOutside(original)!.Frame;
        (byte, byte, uint, byte, byte, uint)[] outward = [(1, 4, 0, 3, 3, 0), (1, 1, 0, 3, 10, 0), (2, 0, 1400, 3, 4, 1380), (3, 1, 0, 11, 1, 0)];
        foreach ((byte type, byte code, uint rest, byte expectedType, byte expectedCode, uint expectedRest) in outward)
        {
            Arrival? error = bench.FromInside(Error(A, X64, type, code, rest, delivered));
            Assert.Equal((Rig.E1, Rig.X1, expectedType, expectedCode), (error!.Packet.Source, error.Packet.Destination, error.Packet.Icmp.Type, error.Packet.Icmp.Code));
            Assert.Equal(expectedRest, BinaryPrimitives.ReadUInt32BigEndian(error.Packet.Payload.AsSpan(4)));
            Quotes.AssertQuotes(original, error.Packet.Quote);
        }
    }, With);

    [Theory, Requirement("N64-05")]
    public void N64_05_PrefixesOfEachLength(BenchPath path) => CheckEach(
        path, ["64:ff9b::/96", "2001:db8:64::/64", "2001:db8:64::/56", "2001:db8:64::/48", "2001:db8:6400::/40", "2a00:db8::/32"],
        static (settings, text) => With(settings) with { Ipv6 = With(settings).Ipv6 with { Nat64Prefix = Prefix(text) } }, static (bench, text) =>
        {
            var prefix = new Nat64Prefix(Prefix(text));
            foreach (uint server in (uint[])[Rig.X1, Rig.X2, Rig.Y, 0x0102_0304, 0xDFFF_FFFE])
            {
                Ipv6Address embedded = prefix.Embed(BinaryPrimitives.ReverseEndianness(server));
                Arrival? left = bench.FromInside(Udp(A, embedded, 5000, 53));
                Assert.Equal((server, (ushort)53), left!.Packet.To);
                Arrival? back = bench.FromOutside(Frames.Udp((server, 53), left.Packet.From));
                Assert.Equal((embedded, A, (ushort)5000), (Source(back!), Destination(back!), Half(Segment(back!), 2)));
            }
        });

    private static Ipv6Address Embed(uint address) => WellKnown.Embed(BinaryPrimitives.ReverseEndianness(address));

    private static NatSettings With(NatSettings settings) => Ipv6Rows.Native(settings) with
    {
        Ipv6 = Ipv6Rows.Native(settings).Ipv6 with { Nat64Prefix = Nat64Prefix.WellKnown },
        Timeouts = new FlowTimeouts(),
    };

    private static (uint Address, ushort Port) Open(GatewayBench bench, Ipv6Address inside, Ipv6Address server, ushort port, ushort remotePort)
    {
        Arrival? left = bench.FromInside(Udp(inside, server, port, remotePort));
        Assert.True(left is { Side: Side.Wan }, "nothing left the gateway");
        Assert.Equal(Frames.Pattern(20), left.Packet.Payload[8..]);
        return left.Packet.From;
    }
}
