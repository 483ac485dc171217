using System.Net;
using System.Net.Sockets;
using Natflow.Cluster.Replication;
using Natflow.Cluster.Tests.Etcd;
using Natflow.Testing;

namespace Natflow.Cluster.Tests.Replication;

/// <summary>Frames, log, fencing and the way between two nodes.</summary>
public sealed class ReplicationTests
{
    [Fact]
    public void TryRead_ItsOwnFrame_IsTheSame()
    {
        var frame = new ReplicationFrame(ReplicationKind.Records, 5, 3, 77, 1234567890123);
        Assert.True(ReplicationFrame.TryRead(ReplicationFrame.Write(frame, [1, 2, 3]), out ReplicationFrame read, out _));
        Assert.Equal(frame, read);
    }

    [Fact]
    public async Task Read_AnyBytes_GiveAResult()
    {
        var prng = new Prng(3);
        byte[] good = ReplicationFrame.Write(new ReplicationFrame(ReplicationKind.Records, 5, 8, 77, 9), [1, 2, 3, 4, 5, 6, 7, 8]);
        int refused = 0;
        for (int round = 0; round < 5000; round++)
        {
            byte[] bytes = [.. good];
            for (int flips = prng.Next(4); flips > 0; flips--)
                bytes[prng.Next(bytes.Length)] ^= (byte)(1 << prng.Next(8));
            using var stream = new MemoryStream(bytes, 0, prng.Next(bytes.Length + 1));
            refused += await ReplicationFrame.Read(stream, CancellationToken.None) is null ? 1 : 0;
        }

        Assert.InRange(refused, 3000, 4999);
    }

    [Fact]
    public void StartFor_KnownSequence_GoesOnAndTrimmedBeginsAnew()
    {
        var log = new ReplicationLog(0, token: 9, bytesMax: 400, TimeProvider.System);
        log.Append(ReplicationKind.Begin, []);
        Assert.Equal(1, log.StartFor(0, 0));
        for (int i = 0; i < 4; i++)
            log.Append(ReplicationKind.Records, new byte[10]);
        Assert.Equal(4, log.StartFor(9, 3));
        Assert.Equal(1, log.StartFor(8, 3)); // Of another owner.
        for (int i = 0; i < 40; i++)
            log.Append(ReplicationKind.Records, new byte[10]);
        Assert.Equal(0, log.StartFor(9, 3));
        Assert.False(log.TryRead(3, [], out _));
    }

    [Fact]
    public void IsWhole_CopyBegunAnew_OnlyWithItsEnd()
    {
        var log = new ReplicationLog(0, token: 9, bytesMax: 400, TimeProvider.System);
        log.Append(ReplicationKind.Begin, []);
        log.Append(ReplicationKind.Records, [1]);
        Assert.False(log.IsWhole(log.LastSequence));
        long whole = log.Append(ReplicationKind.Whole, []);
        Assert.False(log.IsWhole(whole - 1));
        Assert.True(log.IsWhole(whole));
        log.Append(ReplicationKind.Begin, []); // For another standby: the copy is emptied here too.
        Assert.False(log.IsWhole(log.LastSequence));
        Assert.True(log.IsWhole(log.Append(ReplicationKind.Flushed, [])));
    }

    [Fact]
    public void TryPass_OlderToken_IsRefused()
    {
        var gate = new FencingGate(2);
        Assert.True(gate.TryPass(1, 5));
        Assert.True(gate.TryPass(1, 5));
        Assert.True(gate.TryPass(1, 7));
        Assert.False(gate.TryPass(1, 5));
        Assert.True(gate.TryPass(0, 5));
        Assert.False(gate.TryPass(2, 5));
    }

    [Fact]
    public async Task Follow_RecordsAndDeath_AreSeen()
    {
        var owner = new FakeShardHost(1, TimeProvider.System);
        var standby = new FakeShardHost(1, TimeProvider.System);
        owner.Add(0, 1);
        var settings = new ClusterAgentSettings { Cluster = "c", Node = "a", ShardCount = 1, Replication = new IPEndPoint(IPAddress.Loopback, 0) };
        using var seat = new ShardSeat(0, settings, owner, TimeProvider.System);
        await seat.BecomeOwner(5);
        var server = new ReplicationServer(settings.Replication, (_, token) => seat.OpenLog(token), _ => seat.RestartFeed(), new PeerQuestions(new ReplicationSecurity(null, TimeProvider.System), TimeProvider.System), new ReplicationSecurity(null, TimeProvider.System), TimeProvider.System);
        await using var pump = new FeedPump([seat], TimeProvider.System);
        await using var follower = new ReplicationFollower(standby, new FencingGate(1), "b", 0, 5, server.Endpoint.ToString(), new ReplicationSecurity(null, TimeProvider.System), TimeProvider.System);
        await TestEtcd.Until(() => Task.FromResult(follower.IsWhole));
        owner.Add(0, 2);
        await TestEtcd.Until(() => Task.FromResult(standby.State(0) is [1, 2]));
        Assert.False(follower.IsOwnerDead);

        await server.DisposeAsync(); // The kernel refuses from now on.

        await TestEtcd.Until(() => Task.FromResult(follower.IsOwnerDead));
        await seat.Leave();
    }

    [Fact]
    public async Task HA_03_Follow_OwnerOfThePast_IsRefusedThoughItGoesOn()
    {
        var owner = new FakeShardHost(1, TimeProvider.System);
        var standby = new FakeShardHost(1, TimeProvider.System);
        owner.Add(0, 1);
        var settings = new ClusterAgentSettings { Cluster = "c", Node = "a", ShardCount = 1, Replication = new IPEndPoint(IPAddress.Loopback, 0) };
        using var seat = new ShardSeat(0, settings, owner, TimeProvider.System);
        await seat.BecomeOwner(5);
        int asked = 0;
        await using var server = new ReplicationServer(
            settings.Replication, (_, token) => Interlocked.Increment(ref asked) > 0 ? seat.OpenLog(token) : Task.FromResult<ReplicationLog?>(null), _ => seat.RestartFeed(), new PeerQuestions(new ReplicationSecurity(null, TimeProvider.System), TimeProvider.System), new ReplicationSecurity(null, TimeProvider.System), TimeProvider.System);
        await using var pump = new FeedPump([seat], TimeProvider.System);
        var gate = new FencingGate(1);
        Assert.True(gate.TryPass(0, 9)); // Another owner was heard of since.
        await using (var follower = new ReplicationFollower(standby, gate, "b", 0, 5, server.Endpoint.ToString(), new ReplicationSecurity(null, TimeProvider.System), TimeProvider.System))
        {
            await TestEtcd.Until(() => Task.FromResult(Volatile.Read(ref asked) > 6)); // Frames were sent, over several connections or one.
            Assert.False(follower.IsWhole);
        }

        Assert.Empty(standby.State(0));
        await seat.Leave();
    }

    [Fact]
    public async Task Rehearsal_Loopback_GoesThroughToTheEnd() => Assert.True(await ReplicationRehearsal.Run(
        new ClusterAgentSettings { Cluster = "c", Node = "a", ShardCount = 8, Replication = new IPEndPoint(IPAddress.Loopback, 0) }, TimeProvider.System, CancellationToken.None));

    [Fact]
    public async Task Serve_HostileBytes_AreCountedAndOthersServed()
    {
        var prng = new Prng(5);
        await using var server = new ReplicationServer(new IPEndPoint(IPAddress.Loopback, 0), static (_, _) => Task.FromResult<ReplicationLog?>(null), static _ => Task.CompletedTask, new PeerQuestions(new ReplicationSecurity(null, TimeProvider.System), TimeProvider.System), new ReplicationSecurity(null, TimeProvider.System), TimeProvider.System);
        for (int round = 0; round < 50; round++)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(server.Endpoint);
            byte[] bytes = new byte[prng.Next(200)];
            prng.NextBytes(bytes);
            await socket.SendAsync(bytes);
            socket.Shutdown(SocketShutdown.Send);
        }

        await TestEtcd.Until(() => Task.FromResult(server.MalformedCount == 50));
    }
}
