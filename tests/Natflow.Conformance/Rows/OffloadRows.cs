using System.Buffers.Binary;
using Natflow.Conformance.Bench;
using Natflow.Conformance.Report;
using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Offers;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Gateway.Ppe;
using Natflow.Gateway.Views;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Conformance.Rows;

/// <summary>Flows that a PPE forwards behave as those that the gateway forwards.</summary>
[Collection(ConformanceRuns.Name)]
public sealed class OffloadRows(ConformanceReport report) : RequirementTests(report)
{
    private const int Packets = 200;
    private const byte TimeExceeded = 11;
    private const byte Unreachable = 3;
    private const int LimitBitsPerSecond = 20_000_000;
    private const int PacketBytes = 1000;

    private static readonly (uint, ushort) Inside = (A, 5000);
    private static readonly (uint, ushort) Remote = (X1, 4000);

    [Theory, Requirement("OFF-01", BenchPath.Fast, BenchPath.Offloaded)]
    public void OFF_01_BytesAndPackets_AreWhatWasOnTheWire(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Map(Inside, Remote);
        (ulong bytesOut, ulong bytesIn) = (2 * 32, 32); // What opened it.
        ulong before = bench.Ppe?.ForwardedCount ?? 0;
        for (int i = 0; i < Packets; i++)
        {
            bytesOut += (ulong)bench.FromInside(Frames.Udp(Inside, Remote, payloadBytes: i))!.Packet.TotalBytes;
            bytesIn += (ulong)bench.FromOutside(Frames.Udp(Remote, external, payloadBytes: 2 * i))!.Packet.TotalBytes;
        }

        Assert.Equal(bench.Path == BenchPath.Offloaded ? before + (2UL * Packets) : 0, bench.Ppe?.ForwardedCount ?? 0);
        Elapse(bench, seconds: 3);
        ref FlowRecord flow = ref FlowOf(bench, Inside, Remote);
        Assert.Equal((2U + Packets, 1U + Packets), (flow.PacketsOutLow, flow.PacketsInLow));
        Assert.Equal((bytesOut, bytesIn), (flow.BytesOut, flow.BytesIn));
    });

    [Theory, Requirement("OFF-02", BenchPath.Fast, BenchPath.Offloaded)]
    public void OFF_02_Limit_HoldsInEachSecond(BenchPath path) => Check(path, static bench =>
    {
        for (ushort port = 0; port < 8; port++)
            bench.Map((A, (ushort)(5000 + port)), Remote);
        for (int second = 0; second < 5; second++)
        {
            long passed = 0;
            for (int ms = 0; ms < 1000; ms++)
            {
                bench.Time.Advance(TimeSpan.FromMilliseconds(1));
                for (int i = 0; i < 5; i++)
                    passed += bench.FromInside(Frames.Udp((A, (ushort)(5000 + ((ms + i) % 8))), Remote, PacketBytes - 28)) is null ? 0 : PacketBytes;
            }

            bench.Settle();
            if (second >= 2)
                Assert.InRange(passed * 8, LimitBitsPerSecond * 0.95, LimitBitsPerSecond * 1.05);
        }

        Assert.Equal(bench.Path == BenchPath.Offloaded, bench.Ppe is { ForwardedCount: > 10_000 });
    }, static settings => settings with { UserLimits = new PolicyLimits(LimitBitsPerSecond, 0, TimeSpan.FromMilliseconds(100)) });

    [Theory, Requirement("OFF-03", BenchPath.Offloaded)]
    public void OFF_03_Block_CutsAnOffloadedFlowAtOnce(BenchPath path) => Check(path, static bench =>
    {
        (uint, ushort) external = bench.Map(Inside, Remote);
        Assert.NotNull(bench.FromOutside(Frames.Udp(Remote, external)));
        ShardState state = bench.StateOf(A);
        state.SetUserVerdict(state.Users.Find(BinaryPrimitives.ReverseEndianness(A), 0), Verdict.Drop);
        ulong forwarded = bench.Ppe!.ForwardedCount;
        Assert.Null(bench.FromOutside(Frames.Udp(Remote, external)));
        Assert.Null(bench.FromInside(Frames.Udp(Inside, Remote)));
        Assert.Equal(forwarded, bench.Ppe.ForwardedCount);
    }, static settings => settings with { IcmpErrorsInside = false, IcmpErrorsOutside = false });

    [Theory, Requirement("OFF-04", BenchPath.Offloaded)]
    public void OFF_04_TrafficInThePpe_KeepsTheFlowFor24Hours(BenchPath path) => Check(path, static bench =>
    {
        bench.Map(Inside, Remote);
        ulong before = bench.Ppe!.ForwardedCount;
        for (int minute = 0; minute < 24 * 60; minute++)
        {
            Elapse(bench, seconds: 60, steps: 4);
            Assert.NotNull(bench.FromInside(Frames.Udp(Inside, Remote)));
            Elapse(bench, seconds: 2, steps: 4);
        }

        Assert.Equal(before + (24 * 60), bench.Ppe.ForwardedCount);
        for (int minute = 0; minute < 6; minute++)
            Elapse(bench, seconds: 60, steps: 10);
        Assert.Equal(0, bench.StateOf(A).Flows.Count);
        Assert.Equal(0, bench.Ppe.CountEntries);
    });

    [Theory, Requirement("OFF-05", BenchPath.Offloaded)]
    public void OFF_05_FinAndRst_EndAnOffloadedFlow(BenchPath path) => Check(path, static bench =>
    {
        foreach ((ushort port, byte flags) in ((ushort, byte)[])[(6001, TcpFlags.Fin | TcpFlags.Ack), (6002, TcpFlags.Rst)])
        {
            bench.Connect((A, port), (X1, 80));
            ulong forwarded = bench.Ppe!.ForwardedCount;
            Assert.NotNull(bench.FromInside(Frames.Tcp((A, port), (X1, 80), TcpFlags.Ack)));
            Assert.Equal(forwarded + 1, bench.Ppe.ForwardedCount);
            Assert.NotNull(bench.FromInside(Frames.Tcp((A, port), (X1, 80), flags)));
            Assert.NotEqual(FlowState.TcpEstablished, FlowOf(bench, (A, port), (X1, 80)).State);
            Assert.Empty(bench.Ppe.Forwarding);
        }
    });

    [Theory, Requirement("OFF-06", BenchPath.Offloaded)]
    public void OFF_06_Ttl_FallsByOneAndItsEndIsAnswered(BenchPath path) => Check(path, static bench =>
    {
        bench.Map(Inside, Remote);
        ulong before = bench.Ppe!.ForwardedCount;
        foreach (byte ttl in (byte[])[2, 3, 64, 255])
            Assert.Equal(ttl - 1, bench.FromInside(Frames.Udp(Inside, Remote, ttl: ttl))!.Packet.Ttl);
        Assert.Equal(before + 4, bench.Ppe.ForwardedCount);
        Arrival answer = Assert.Single(bench.Send(Side.Lan, Frames.Udp(Inside, Remote, ttl: 1)));
        Assert.Equal((Side.Lan, TimeExceeded), (answer.Side, answer.Packet.Icmp.Type));
        Assert.Equal(2, bench.Ppe.Forwarding.Count);
    });

    [Theory, Requirement("OFF-07", BenchPath.Offloaded)]
    public void OFF_07_TooBig_IsAnswered(BenchPath path) => Check(path, static bench =>
    {
        bench.SetMtu(Side.Wan, 1400);
        bench.Map(Inside, Remote);
        ulong before = bench.Ppe!.ForwardedCount;
        Assert.NotNull(bench.FromInside(Datagram(1400)));
        Assert.Equal(before + 1, bench.Ppe.ForwardedCount);
        Arrival answer = Assert.Single(bench.Send(Side.Lan, Datagram(1401)));
        Assert.Equal((Side.Lan, Unreachable, (ushort)1400), (answer.Side, answer.Packet.Icmp.Type, answer.Packet.NextHopMtu));
        Assert.Equal(before + 1, bench.Ppe.ForwardedCount);
    });

    [Theory, Requirement("OFF-08", BenchPath.Offloaded)]
    public void OFF_08_WayAndAddress_AreFollowed(BenchPath path) => Check(path, static bench =>
    {
        (uint Address, ushort Port) external = bench.Map(Inside, Remote);
        bench.StateOf(A).Paths.BumpAll();
        bench.Settle();
        Assert.Empty(bench.Ppe!.Forwarding);
        Assert.Equal(external, bench.FromInside(Frames.Udp(Inside, Remote))!.Packet.From);
        Elapse(bench, seconds: 2);
        Assert.Equal(2, bench.Ppe.Forwarding.Count);

        bench.Plane.Withdraw(external.Address);
        bench.Settle();
        Assert.Empty(bench.Ppe.Forwarding);
        Assert.Null(bench.FromOutside(Frames.Udp(Remote, external)));
        Assert.NotEqual(external.Address, bench.FromInside(Frames.Udp(Inside, Remote))!.Packet.Source);
    }, static settings => settings with { PublicAddresses = [E1, E2] });

    [Theory, Requirement("OFF-09", BenchPath.Offloaded)]
    public void OFF_09_DscpAndEcn_ArePreserved(BenchPath path) => Check(path, static bench =>
    {
        bench.Map(Inside, Remote);
        ulong before = bench.Ppe!.ForwardedCount;
        for (int tos = 0; tos < 256; tos++)
        {
            byte[] frame = Frames.Udp(Inside, Remote);
            frame[15] = (byte)tos;
            int check = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(24)) - tos;
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(24), (ushort)(check < 0 ? check + 0xFFFF : check));
            Assert.Equal((byte)tos, bench.FromInside(frame)!.Frame[15]);
        }

        Assert.Equal(before + 256, bench.Ppe.ForwardedCount);
    });

    [Theory, Requirement("OFF-11", BenchPath.Offloaded)]
    public void OFF_11_WhatNoEntryDescribes_NeverMatches(BenchPath path) => Check(path, static bench =>
    {
        bench.Map(Inside, Remote);
        ulong forwarded = bench.Ppe!.ForwardedCount;
        foreach (byte[] fragment in Frames.Fragments(Frames.Udp(Inside, Remote, payloadBytes: 100), 48, 9))
            Assert.Equal(Side.Wan, Assert.Single(bench.Send(Side.Lan, fragment)).Side);
        Assert.Single(bench.Send(Side.Lan, PacketBuilder.Ethernet().Ipv4(A, X1, options: [1, 1, 1, 0]).Udp(5000, 4000).Payload([1, 2]).ToArray()));
        Assert.NotNull(bench.FromInside(Frames.Ping(A, X1, 5000)));
        _ = bench.Send(Side.Lan, PacketBuilder.Ethernet(0x01005E000001).Ipv4(A, 0xE0000001).Udp(5000, 4000).ToArray());
        Assert.Equal(forwarded, bench.Ppe.ForwardedCount);
        Assert.Equal(2, bench.Ppe.Forwarding.Count);
    });

    [Theory, Requirement("OFF-12", BenchPath.Offloaded)]
    public void OFF_12_Udp_IsOffloadedWhenAnsweredOrWithTheFourthPacket(BenchPath path) => Check(path, static bench =>
    {
        for (int i = 1; i <= 6; i++)
        {
            Assert.NotNull(bench.FromInside(Frames.Udp((A, 7000), Remote)));
            Assert.Equal(i > 4 ? (ulong)i - 4 : 0, bench.Ppe!.ForwardedCount);
        }

        ulong before = bench.Ppe!.ForwardedCount;
        (uint, ushort) external = bench.FromInside(Frames.Udp((A, 7001), Remote))!.Packet.From;
        Assert.NotNull(bench.FromOutside(Frames.Udp(Remote, external)));
        Assert.Equal(before, bench.Ppe.ForwardedCount);
        Assert.NotNull(bench.FromInside(Frames.Udp((A, 7001), Remote)));
        Assert.Equal(before + 1, bench.Ppe.ForwardedCount);
    });

    [Theory, Requirement("OFF-13", BenchPath.Offloaded)]
    public void OFF_13_FullTable_TrafficGoesOnAndItIsCounted(BenchPath path) => Check(path, static bench =>
    {
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < 1000; i++)
            {
                (uint, ushort) inside = (A + (uint)(i / 100), (ushort)(5000 + (i % 100)));
                Assert.Equal(inside, bench.FromOutside(Frames.Udp(Remote, bench.FromInside(Frames.Udp(inside, Remote))!.Packet.From))?.Packet.To);
            }
        }

        Assert.Equal(bench.Ppe!.CapacityEntries, bench.Ppe.Forwarding.Count);
        Task<OffloadReport?> asked = bench.Plane.ReportOffload();
        bench.Settle();
        Assert.Equal(1000UL - ((ulong)bench.Ppe.CapacityEntries / 2), asked.GetAwaiter().GetResult()!.Counters.Refused);
        Assert.Equal(1000, bench.StateOf(A).Flows.Count);
    });

    [Theory, Requirement("OFF-14", BenchPath.Offloaded)]
    public void OFF_14_EveryFlow_ShowsItsReason(BenchPath path) => Check(path, static bench =>
    {
        bench.Map(Inside, Remote);
        Assert.NotNull(bench.FromInside(Frames.Udp((A, 5001), Remote)));
        Assert.NotNull(bench.FromInside(Frames.Ping(A, X1, 77)));
        bench.Connect((A, 5002), (X1, 21));
        Elapse(bench, seconds: 2);
        Task<Page<FlowView>> asked = bench.Plane.Ask<Page<FlowView>>(0, new FlowPageRequest(FlowFilter.All, 0, 100));
        bench.Settle();
        IReadOnlyList<FlowView> flows = asked.GetAwaiter().GetResult().Items;
        Assert.Equal(
            [OffloadReason.Offloaded, OffloadReason.NotEstablished, OffloadReason.Protocol, OffloadReason.Helper], flows.Select(static flow => flow.Offload));
        foreach (OffloadReason reason in Enum.GetValues<OffloadReason>().Where(static reason => reason != OffloadReason.None))
            Assert.Equal(flows.Count(flow => flow.Offload == reason), bench.StateOf(A).Offload!.CountOf(reason));
    });

    [Theory, Requirement("OFF-15", BenchPath.Offloaded)]
    public void OFF_15_Inspection_HoldsAFlowBackUntilItIsDone(BenchPath path) => Check(path, static bench =>
    {
        bench.Connect((A, 5000), (X1, 443));
        ShardOffload offload = bench.StateOf(A).Offload!;
        offload.SetBusy(isIpv6: false, 0, OffloadBusy.Inspector);
        bench.Settle();
        Assert.Empty(bench.Ppe!.Forwarding);
        Assert.NotNull(bench.FromInside(Frames.Tcp((A, 5000), (X1, 443), TcpFlags.Ack, payloadBytes: 200)));
        Assert.Equal(OffloadReason.Inspector, offload.ReasonOf(isIpv6: false, 0));
        offload.SetBusy(isIpv6: false, 0, OffloadBusy.None);
        bench.Settle();
        Assert.Equal(2, bench.Ppe.Forwarding.Count);
    });

    private static byte[] Datagram(int l3Bytes) =>
        PacketBuilder.Ethernet().Ipv4(A, X1, dontFragment: true).Udp(5000, 4000).Payload(new byte[l3Bytes - 28]).ToArray();

    private static ref FlowRecord FlowOf(GatewayBench bench, (uint Address, ushort Port) inside, (uint Address, ushort Port) remote)
    {
        ShardState state = bench.StateOf(inside.Address);
        for (uint index = 0; index < state.Flows.UsedIndexEnd; index++)
        {
            ref FlowRecord flow = ref state.Flows.Flow(index);
            if (flow.State != FlowState.None && BinaryPrimitives.ReverseEndianness(flow.InsidePortBe) == inside.Port
                && BinaryPrimitives.ReverseEndianness(flow.RemoteAddrBe) == remote.Address)
            {
                return ref flow;
            }
        }

        throw new InvalidOperationException("there is no such flow");
    }

    private static void Elapse(GatewayBench bench, int seconds, int steps = 10)
    {
        for (int i = 0; i < steps; i++)
            bench.Wait(TimeSpan.FromSeconds(seconds) / steps);
    }
}
