using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Pcp;
using Natflow.Flows.Replication;
using Natflow.Flows.Tests.Pcp;
using Natflow.Packets;
using Natflow.Testing;
using Natflow.Testing.Flows;
using static Natflow.Flows.Tests.Pcp.PcpRig;

namespace Natflow.Flows.Tests.Replication;

/// <summary>What a client was granted by PCP or NAT-PMP goes on at the standby: the endpoint, its openness, its owner and its end.</summary>
public sealed class LeaseReplicationTests : IDisposable
{
    private static readonly NatSettings Settings = ShardRig.Defaults with { Pcp = new PcpSettings() };

    private readonly ShardRig _owner = new(Settings);
    private readonly ShardRig _standby = new(Settings);
    private readonly ReplicationTap _tap;
    private readonly ReplicaApplier _copy;

    public LeaseReplicationTests()
    {
        _tap = new ReplicationTap(_owner.State, ageMs: 0);
        _copy = new ReplicaApplier(_standby.State);
    }

    public void Dispose()
    {
        _copy.Dispose();
        _tap.Dispose();
        _standby.Dispose();
        _owner.Dispose();
    }

    [Fact]
    public void HA_02_MappedPort_LetsAnyoneInAtTheStandbyAndIsItsClients()
    {
        (uint, ushort) external = Ask(_owner, Map(ShardRig.A, 8080, protocol: IpProtocol.Tcp)).External;
        Tell();
        Assert.True(_standby.FromOutside(Frames.Tcp((ShardRig.Y, 4000), external, TcpFlags.Syn)).IsForwarded);
        Assert.Equal(PcpResult.NotAuthorized, Ask(_standby, Map(ShardRig.A, 8080, protocol: IpProtocol.Tcp, nonce: 9)).Result);
        Answer renewed = Ask(_standby, Map(ShardRig.A, 8080, protocol: IpProtocol.Tcp));
        Assert.Equal((PcpResult.Success, external), (renewed.Result, renewed.External));
        Assert.Equal(0, _copy.RefusedCount);
    }

    [Fact]
    public void HA_02_Peer_IsLetInAtTheStandby()
    {
        (uint, ushort) external = Ask(_owner, Peer(ShardRig.A, 5000, ShardRig.X1, 6000)).External;
        Tell();
        Assert.True(_standby.FromOutside(Frames.Udp((ShardRig.X1, 6000), external)).IsForwarded);
        Assert.Equal((1, 0L), (_standby.State.Pcp!.LeaseCount, _copy.RefusedCount));
    }

    [Fact]
    public void HA_02_LeaseOfAFewSeconds_EndsAtTheStandbyWhenItsClientWasTold()
    {
        _ = Ask(_owner, Map(ShardRig.A, 8080, lifetime: 300));
        _owner.Skip(TimeSpan.FromSeconds(295));
        Tell();
        _standby.State.Pcp!.Advance(_standby.NowMs + 4_999);
        Assert.Equal(1, _standby.State.Pcp.LeaseCount);
        _standby.State.Pcp.Advance(_standby.NowMs + 5_000);
        Assert.Equal(0, _standby.State.Pcp.LeaseCount);
    }

    [Fact]
    public void HA_02_AnySequence_LeasesAreTheSame()
    {
        for (int seed = 1; seed <= 20; seed++)
            Agree(new Prng(seed), seed);
    }

    private static void Agree(Prng prng, int seed)
    {
        using var pair = new LeaseReplicationTests();
        int most = 0;
        for (int step = 0; step < 200; step++)
        {
            uint client = ShardRig.A + (uint)prng.Next(3);
            ushort port = (ushort)(8000 + prng.Next(4));
            uint lifetime = prng.Next(3) == 0 ? 0 : 600u;
            _ = Ask(pair._owner, prng.Next(3) == 0
                ? Peer(client, port, ShardRig.X1, 6000, lifetime, nonce: (byte)(1 + prng.Next(2)))
                : Map(client, port, lifetime: lifetime, nonce: (byte)(1 + prng.Next(2))));
            if (prng.Next(20) == 0)
            {
                pair._copy.Reset(pair._standby.NowMs);
                pair._tap.Restart();
            }

            if (prng.Next(3) == 0)
                pair.Tell();
            most = Math.Max(most, pair._owner.State.Pcp!.LeaseCount);
        }

        pair.Tell();
        pair._owner.Skip(TimeSpan.FromSeconds(70)); // Said again: what came in another order than it was decided in is taken now.
        pair._standby.Skip(TimeSpan.FromSeconds(70));
        pair.Tell();
        Assert.True(most > 3, $"seed {seed}");
        Assert.Equal(Leases(pair._owner), Leases(pair._standby));
    }

    private static IEnumerable<string> Leases(ShardRig rig)
    {
        var page = new PcpLease[64];
        uint cursor = 0;
        int count = rig.State.Pcp!.CopyLeases(ref cursor, rig.NowMs, page);
        return page.Take(count).Select(static lease => lease.ToString()).Order(StringComparer.Ordinal);
    }

    private static Answer Ask(ShardRig rig, byte[] request) => rig.State.Pcp!.Ask(request, BinaryPrimitives.ReadUInt32BigEndian(request.AsSpan(20)), rig.NowMs);

    private void Tell()
    {
        byte[] buffer = new byte[1 << 20];
        int length = 0;
        for (bool isOver = false; !isOver;)
            length += _tap.Sweep(_owner.NowMs, budget: 7, buffer.AsSpan(length), out isOver);
        Assert.True(_copy.Apply(buffer.AsSpan(0, length), _standby.NowMs));
    }
}
