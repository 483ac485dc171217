using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Offers;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Gateway.Ppe;
using Natflow.Offload.Model;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Testing;
using Natflow.Testing.Offload;

namespace Natflow.Gateway.Tests.Ppe;

/// <summary>Anything that may happen, in any order: no entry ever forwards for a flow that is not, or for a blocked user; and nothing is left when all is over.</summary>
public sealed class OffloadModelTests : IDisposable
{
    private const int UserCapacity = 1024;
    private const int Shards = 2;
    private const int Hosts = 12;
    private const ushort ForwardPort = 9000;
    private const int Steps = 1500;

    private readonly PolicyTable _policies = new(PolicyTable.UserBase + (UserCapacity * Shards));
    private readonly MemoryPpe _ppe;
    private readonly PlaneRig _rig;
    private readonly HashSet<uint> _blocked = [];
    private readonly HashSet<string> _done = new(StringComparer.Ordinal);

    public OffloadModelTests()
    {
        _ppe = new MemoryPpe(capacityEntries: 48, _policies);
        _rig = new PlaneRig(
            shards: Shards,
            change: static settings => settings with { PortForwards = [.. Forwards()] },
            offload: new OffloadPlan(_ppe, _policies));
    }

    public void Dispose()
    {
        _rig.Dispose();
        _policies.Dispose();
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public async Task AnySequence_EntriesAreOfLivingFlows_AndNothingIsLeft(int seed)
    {
        var prng = new Prng(seed);
        for (int step = 0; step < Steps; step++)
        {
            string what = Step(prng);
            _done.Add(what);
            CheckEntries($"seed {seed}, step {step}, {what}");
        }

        Assert.Equal(10, _done.Count);
        _ppe.Refusal = null;
        for (int minute = 0; minute < 140; minute++)
            Elapse(TimeSpan.FromMinutes(1));
        Assert.All(Enumerable.Range(0, Shards), shard => Assert.Equal(0, _rig.State(shard).Flows.Count));
        Assert.Equal(0, _ppe.CountEntries);
        Task<OffloadReport?> report = _rig.Plane.ReportOffload();
        _rig.Settle();
        Assert.Equal(0, (await report)!.FlowCount);
        foreach (OffloadReason reason in Enum.GetValues<OffloadReason>().Where(static reason => reason != OffloadReason.None))
            Assert.All(Enumerable.Range(0, Shards), shard => Assert.Equal(0, _rig.State(shard).Offload!.CountOf(reason)));
    }

    private string Step(Prng prng)
    {
        uint host = Frames.Subscriber(prng.Next(Hosts));
        switch (prng.Next(14))
        {
            case < 4:
                Converse(host, (ushort)(4000 + prng.Next(6)), Frames.Server + (uint)prng.Next(3), Frames.ServerPort, 1 + prng.Next(4));
                return "datagrams";
            case 4 or 5:
                Converse(host, (ushort)(5000 + prng.Next(4)), Frames.Public, (ushort)(ForwardPort + prng.Next(Hosts)), 2);
                return "hairpin";
            case 6:
                Tcp(host, (ushort)(6000 + prng.Next(4)), prng.Next(2) == 0);
                return "tcp";
            case 7:
                _ppe.Refusal = prng.Next(3) switch { 0 => PpeResult.BucketFull, 1 => PpeResult.TableFull, _ => null };
                return "refusal";
            case 8:
                if (prng.Next(8) == 0)
                    _ppe.Clear();
                return "clear";
            case 9:
                Block(host, prng.Next(3) == 0);
                return "block";
            case 10:
                Limit(host, prng.Next(2) == 0);
                return "limit";
            case 11:
                _rig.State(prng.Next(Shards)).Paths.BumpAll();
                _rig.Settle();
                return "ways";
            case 12:
                int entry = prng.Next(48);
                _ = _ppe.TryPlay(_ => entry-- <= 0, packets: 5, bytes: 100, Gateway.Workers.Worker.NowMs(_rig.Time));
                return "traffic";
            default:
                Elapse(TimeSpan.FromMilliseconds(10 + prng.Next(20_000)));
                return "time";
        }
    }

    private static IEnumerable<PortForward> Forwards()
    {
        for (int i = 0; i < Hosts; i++)
            yield return new PortForward(IpProtocol.Udp, Frames.Public, (ushort)(ForwardPort + i), Frames.Subscriber(i), 80);
    }

    // Whatever comes out of the other side is answered.
    private void Converse(uint host, ushort port, uint to, ushort toPort, int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            _rig.Lan[0].Feed(Frames.Udp(host, port, to, toPort));
            _rig.Settle();
            foreach (byte[] sent in PlaneRig.Sent(_rig.Wan[0]))
                _rig.Wan[0].Feed(Frames.Udp(Frames.Dst(sent), Frames.DstPort(sent), Frames.Src(sent), Frames.SrcPort(sent)));
            foreach (byte[] sent in PlaneRig.Sent(_rig.Lan[0]).Where(static frame => frame[23] == IpProtocol.Udp))
                _rig.Lan[0].Feed(Frames.Udp(Frames.Dst(sent), Frames.DstPort(sent), Frames.Src(sent), Frames.SrcPort(sent)));
            _rig.Settle();
        }

        Drain();
    }

    private void Tcp(uint host, ushort port, bool ends)
    {
        _rig.Lan[0].Feed(Segment(host, port, Frames.Server, 80, TcpFlags.Syn));
        _rig.Settle();
        foreach (byte[] sent in PlaneRig.Sent(_rig.Wan[0]))
            _rig.Wan[0].Feed(Segment(Frames.Server, 80, Frames.Src(sent), Frames.SrcPort(sent), TcpFlags.Syn | TcpFlags.Ack));
        _rig.Lan[0].Feed(Segment(host, port, Frames.Server, 80, TcpFlags.Ack));
        if (ends)
            _rig.Lan[0].Feed(Segment(host, port, Frames.Server, 80, TcpFlags.Fin | TcpFlags.Ack));
        _rig.Settle();
        Drain();
    }

    private static byte[] Segment(uint src, ushort srcPort, uint dst, ushort dstPort, byte flags) =>
        PacketBuilder.Ethernet().Ipv4(src, dst).Tcp(srcPort, dstPort, flags).ToArray();

    private void Block(uint host, bool isBlocked)
    {
        (ShardState state, uint user) = UserOf(host);
        if (user == FlowTable.None)
            return;
        state.SetUserVerdict(user, isBlocked ? Verdict.Drop : Verdict.Forward);
        _ = isBlocked ? _blocked.Add(host) : _blocked.Remove(host);
        _rig.Settle();
    }

    private void Limit(uint host, bool isLimited)
    {
        (ShardState state, uint user) = UserOf(host);
        if (user != FlowTable.None)
            state.Users.SetLimits(user, isLimited ? new PolicyLimits(8_000_000, 8_000_000, TimeSpan.FromSeconds(1)) : PolicyLimits.None);
        _rig.Settle();
    }

    private (ShardState State, uint User) UserOf(uint host)
    {
        uint addressBe = BinaryPrimitives.ReverseEndianness(host);
        ShardState state = _rig.State(_rig.Pool.ShardOfUser(addressBe, zone: 0));
        uint user = state.Users.Find(addressBe, zone: 0);
        if (user == FlowTable.None)
            _blocked.Remove(host); // Gone, and its policy with it.
        return (state, user);
    }

    private void CheckEntries(string what)
    {
        foreach (uint host in _blocked.ToArray())
            _ = UserOf(host);
        foreach (FoeEntry entry in _ppe.Forwarding)
        {
            bool isOut = entry.Side == Side.Lan;
            var key = new FlowKey(
                Be(entry.SrcAddr), Be(entry.DstAddr), entry.SrcPortBe, entry.DstPortBe, 0, entry.Protocol, isOut ? Side.Lan : Side.Wan);
            ShardState state = _rig.State(entry.ShardIndex);
            uint slot = state.Flows.Find(in key, state.Hash.Of(in key));
            Assert.True(slot != FlowTable.None, $"no flow for an entry that forwards: {what}");
            ref FlowRecord flow = ref state.Flows.Flow(slot >> 1);
            (uint wanted, uint got) = isOut ? (flow.ExternalAddrBe, Be(entry.NewSrcAddr)) : (flow.InsideAddrBe, Be(entry.NewDstAddr));
            (ushort wantedPort, ushort gotPort) = isOut ? (flow.ExternalPortBe, entry.NewSrcPortBe) : (flow.InsidePortBe, entry.NewDstPortBe);
            Assert.True((wanted, wantedPort) == (got, gotPort), $"an entry of another translation: {what}");
            bool isBlocked = _blocked.Contains(BinaryPrimitives.ReverseEndianness(flow.InsideAddrBe))
                || (isOut && entry.NewDstAddr != entry.DstAddr && _blocked.Contains(BinaryPrimitives.ReverseEndianness(Be(entry.NewDstAddr))));
            Assert.False(isBlocked, $"forwarded for a blocked user: {what}");
        }
    }

    private static uint Be(Ipv6Address mapped) => BinaryPrimitives.ReverseEndianness((uint)mapped.ToUInt128());

    private void Drain()
    {
        _ = PlaneRig.Sent(_rig.Wan[0]);
        _ = PlaneRig.Sent(_rig.Lan[0]);
    }

    private void Elapse(TimeSpan time)
    {
        for (int i = 0; i < 10; i++)
        {
            _rig.Time.Advance(time / 10);
            _rig.Settle();
        }
    }
}
