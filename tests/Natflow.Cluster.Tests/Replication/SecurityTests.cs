using System.Net;
using System.Net.Sockets;
using Natflow.Cluster.Replication;
using Natflow.Cluster.Tests.Etcd;

namespace Natflow.Cluster.Tests.Replication;

/// <summary>Nodes know each other by certificates of one authority, and nobody else.</summary>
public sealed class SecurityTests
{
    [Fact]
    public async Task Follow_OverTls_IsWhole()
    {
        using var certificates = new TestCertificates();
        await using var owner = new Owner(Tls(certificates));
        await using ReplicationFollower follower = owner.Follow(Tls(certificates));
        await TestEtcd.Until(() => Task.FromResult(follower.IsWhole));
        Assert.Equal([1], owner.Standby.State(0));
    }

    [Fact]
    public async Task Follow_WithACertificateOfAnotherAuthority_GetsNothing()
    {
        using var certificates = new TestCertificates();
        using var others = new TestCertificates();
        await using var owner = new Owner(Tls(certificates));
        await using ReplicationFollower follower = owner.Follow(Tls(others));
        await using ReplicationFollower plain = owner.Follow(null);
        await using ReplicationFollower good = owner.Follow(Tls(certificates));
        await TestEtcd.Until(() => Task.FromResult(good.IsWhole));
        Assert.False(follower.IsWhole || plain.IsWhole);
    }

    [Fact]
    public async Task Serve_BytesThatAreNoTls_HarmNobody()
    {
        using var certificates = new TestCertificates();
        await using var owner = new Owner(Tls(certificates));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(owner.Server.Endpoint);
        await socket.SendAsync(new byte[500]);
        await using ReplicationFollower follower = owner.Follow(Tls(certificates));
        await TestEtcd.Until(() => Task.FromResult(follower.IsWhole));
    }

    private static ReplicationTlsSettings Tls(TestCertificates certificates) => new(certificates.CaFile, certificates.CertificateFile, certificates.KeyFile);

    private sealed class Owner : IAsyncDisposable
    {
        private readonly FakeShardHost _host = new(1, TimeProvider.System);
        private readonly ShardSeat _seat;
        private readonly FeedPump _pump;
        private readonly List<ReplicationSecurity> _securities = [];

        internal Owner(ReplicationTlsSettings? tls)
        {
            _host.Add(0, 1);
            var settings = new ClusterAgentSettings { Cluster = "c", Node = "a", ShardCount = 1, Replication = new IPEndPoint(IPAddress.Loopback, 0) };
            _seat = new ShardSeat(0, settings, _host, TimeProvider.System);
            _seat.BecomeOwner(5).GetAwaiter().GetResult();
            Server = new ReplicationServer(settings.Replication, (_, token) => _seat.OpenLog(token), _ => _seat.RestartFeed(), new PeerQuestions(new ReplicationSecurity(null, TimeProvider.System), TimeProvider.System), new ReplicationSecurity(tls, TimeProvider.System), TimeProvider.System);
            _pump = new FeedPump([_seat], TimeProvider.System);
        }

        internal FakeShardHost Standby { get; } = new(1, TimeProvider.System);

        internal ReplicationServer Server { get; }

        internal ReplicationFollower Follow(ReplicationTlsSettings? tls)
        {
            var security = new ReplicationSecurity(tls, TimeProvider.System);
            _securities.Add(security);
            return new ReplicationFollower(Standby, new FencingGate(1), $"b{_securities.Count}", 0, 5, Server.Endpoint.ToString(), security, TimeProvider.System);
        }

        public async ValueTask DisposeAsync()
        {
            await _pump.DisposeAsync();
            await Server.DisposeAsync();
            await _seat.Leave();
            _seat.Dispose();
            _securities.ForEach(static security => security.Dispose());
        }
    }
}
