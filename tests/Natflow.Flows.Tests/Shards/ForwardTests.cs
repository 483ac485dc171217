using Natflow.Core;
using Natflow.Packets;
using Natflow.Testing;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Shards;

/// <summary>Port forwards that come, go and lead elsewhere while packets flow.</summary>
public sealed class ForwardTests
{
    private const ushort Port = 65_500;

    private static readonly NatSettings Narrow = Defaults with { PortFirst = 65_472, PortBlockSize = 64, BlocksPerUserMax = 8, Filtering = FilteringMode.AddressAndPortDependent };

    private static readonly PortForward ToA = new(IpProtocol.Tcp, E1, 80, A, 8080);
    private static readonly PortForward ToB = ToA with { InsideAddress = B };

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 6)];

    [Fact]
    public void Apply_ForwardThatCame_LetsStrangersIn()
    {
        using var rig = new ShardRig(Narrow);
        Assert.Equal(DropReason.NoMapping, rig.FromOutside(Frames.Syn((X1, 4000), (E1, 80))).Reason);

        Assert.Empty(Change(rig, ToA));

        Assert.Equal((A, (ushort)8080), rig.FromOutside(Frames.Syn((X1, 4000), (E1, 80))).Packet.To);
        Assert.Equal((E1, (ushort)80), rig.FromInside(Frames.SynAck((A, 8080), (X1, 4000))).Packet.From);
    }

    [Fact]
    public void Apply_ForwardThatWent_EndsItsConnectionsAndLetsNobodyIn()
    {
        using var rig = new ShardRig(Narrow with { PortForwards = [ToA] });
        Establish(rig, (A, 8080));
        (uint, ushort) other = rig.Connect((B, 5000), (X1, 443));

        Assert.Empty(Change(rig));

        Assert.Equal(DropReason.StaleGeneration, rig.FromOutside(Frames.Tcp((X1, 4000), (E1, 80), TcpFlags.Ack)).Reason);
        Assert.Equal(DropReason.NoMapping, rig.FromOutside(Frames.Syn((X1, 4001), (E1, 80))).Reason);
        Assert.True(rig.FromOutside(Frames.Tcp((X1, 443), other, TcpFlags.Ack)).IsForwarded);
        Assert.Equal(1, rig.State.Mappings.Count);
    }

    [Fact]
    public void Apply_ForwardThatLeadsElsewhere_KeepsItsConnectionsAndTakesNewOnesThere()
    {
        using var rig = new ShardRig(Narrow with { PortForwards = [ToA] });
        Establish(rig, (A, 8080));

        Assert.Empty(Change(rig, ToB));

        Assert.Equal((A, (ushort)8080), rig.FromOutside(Frames.Tcp((X1, 4000), (E1, 80), TcpFlags.Ack)).Packet.To);
        Assert.Equal((E1, (ushort)80), rig.FromInside(Frames.Tcp((A, 8080), (X1, 4000), TcpFlags.Ack)).Packet.From);
        Assert.Equal((B, (ushort)8080), rig.FromOutside(Frames.Syn((X1, 4001), (E1, 80))).Packet.To);
        Assert.NotEqual((E1, (ushort)80), rig.FromInside(Frames.Syn((A, 8080), (Y, 99))).Packet.From);
        rig.Wait(TimeSpan.FromHours(3));
        rig.Wait(TimeSpan.FromHours(3));
        Assert.Equal((0, 1), (rig.State.Flows.Count, rig.State.Mappings.Count));
    }

    [Fact]
    public void Reserve_PortOfASubscriber_IsRefusedUntilItIsFree()
    {
        using var rig = new ShardRig(Narrow);
        (uint _, ushort taken) = rig.Map((A, 5000), (X1, 53));
        var wanted = new PortForward(IpProtocol.Udp, E1, taken, B, 53);
        var free = new PortForward(IpProtocol.Udp, E1, 53, B, 53);

        Assert.Equal([wanted], rig.State.ReserveForwards([free, wanted]));
        Assert.Empty(rig.State.ReserveForwards([]));
        rig.Wait(TimeSpan.FromMinutes(6));

        Assert.Empty(Change(rig, free, wanted));
        Assert.Equal((B, (ushort)53), rig.FromOutside(Frames.Udp((Y, 9), (E1, taken))).Packet.To);
    }

    [Fact]
    public void Apply_PortOfTheDynamicRange_IsNobodysWhileItIsForwardedAndFreeAfterwards()
    {
        using var rig = new ShardRig(Narrow);
        Assert.Empty(Change(rig, new PortForward(IpProtocol.Udp, E1, Port, B, 53)));
        HashSet<ushort> ports = FillUp(rig);
        Assert.Equal(63, ports.Count);
        Assert.DoesNotContain(Port, ports);

        Assert.Empty(Change(rig));

        Assert.Equal([Port], FillUp(rig));
    }

    /// <summary>Random changes beside traffic: forwards in force work, others do not, and in the end nothing is left.</summary>
    [Theory, MemberData(nameof(Seeds))]
    public void Apply_AnySequence_LeavesExactlyTheForwardsInForce(int seed)
    {
        var prng = new Prng(seed);
        using var rig = new ShardRig(Narrow);
        PortForward[] all = [.. from port in new ushort[] { 53, 80, 65_480, 65_481, Port } from inside in new[] { A, B } select new PortForward(IpProtocol.Udp, E1, port, inside, port)];
        int refusals = 0;
        for (int step = 0; step < 400; step++)
        {
            string where = $"seed {seed}, step {step}";
            PortForward[] next = [.. all.Where(_ => prng.Next(3) == 0).DistinctBy(static forward => forward.ExternalPort)];
            PortForward[] before = [.. rig.State.Settings.PortForwards];
            bool isChanged = Change(rig, next).Count == 0;
            refusals += isChanged ? 0 : 1;
            PortForward[] inForce = isChanged ? next : before;
            var remote = (Y + (uint)prng.Next(200), (ushort)(1 + prng.Next(60_000)));
            foreach (PortForward forward in inForce)
                Assert.True(rig.FromOutside(Frames.Udp(remote, (E1, forward.ExternalPort))) is { IsForwarded: true } sent && sent.Packet.To == (forward.InsideAddress, forward.InsidePort), where);
            foreach (ushort port in all.Select(static forward => forward.ExternalPort).Except(inForce.Select(static forward => forward.ExternalPort)))
                Assert.False(rig.FromOutside(Frames.Udp(remote, (E1, port))).IsForwarded, where);
            for (int i = prng.Next(12); i > 0; i--)
                rig.FromInside(Frames.Udp((A + 5, (ushort)(53 + prng.Next(300))), (X1, (ushort)(1 + prng.Next(9)))));
            rig.Wait(TimeSpan.FromSeconds(prng.Next(20) == 0 ? 700 : prng.Next(60))); // A port that was forwarded is a subscriber's only when its last flow is over.
        }

        Assert.Empty(Change(rig));
        for (int hour = 0; hour < 3; hour++)
            rig.Wait(TimeSpan.FromHours(1)); // Flows, their subscriber, its blocks.
        Assert.Equal((0, 0, 0, 0), (rig.State.Flows.Count, rig.State.Mappings.Count, rig.State.Users.Count, rig.State.Blocks.LeasedCount));
        Assert.NotEqual(0, refusals);
        Assert.Equal(64, FillUp(rig).Count);
    }

    private static HashSet<ushort> FillUp(ShardRig rig)
    {
        var ports = new HashSet<ushort>();
        for (ushort port = (ushort)(2000 + rig.State.Flows.Count); rig.FromInside(Frames.Udp((A, port), (X1, 53))) is { IsForwarded: true } sent; port++)
            ports.Add(sent.Packet.SourcePort);
        return ports;
    }

    // As the data plane does it: all or nothing.
    private static IReadOnlyList<PortForward> Change(ShardRig rig, params PortForward[] forwards)
    {
        IReadOnlyList<PortForward> refused = rig.State.ReserveForwards(forwards);
        if (refused.Count != 0)
        {
            rig.State.ReserveForwards([]);
            return refused;
        }

        rig.Pool.SetForwards(forwards);
        rig.State.Apply(rig.State.Settings with { PortForwards = forwards });
        return [];
    }

    private static void Establish(ShardRig rig, (uint, ushort) server)
    {
        Assert.True(rig.FromOutside(Frames.Syn((X1, 4000), (E1, 80))).IsForwarded);
        Assert.True(rig.FromInside(Frames.SynAck(server, (X1, 4000))).IsForwarded);
        Assert.True(rig.FromOutside(Frames.Tcp((X1, 4000), (E1, 80), TcpFlags.Ack)).IsForwarded);
    }
}
