using System.Security.Cryptography;
using Natflow.Actors.Event;
using Natflow.Cluster;
using Natflow.Cluster.Etcd;
using Natflow.Cluster.Ownership;
using Natflow.Cluster.Replication;
using Natflow.Gateway;
using Natflow.Gateway.Live;
using Natflow.Gateway.Users;
using Natflow.Host.Live;
using Natflow.Host.Settings;
using Natflow.Netlink.Model;
using Natflow.Offload.Xdp;

namespace Natflow.Host.Cluster;

/// <summary>This gateway's part in a cluster, from its first word with etcd to its leave.</summary>
internal sealed class ClusterMember : IAsyncDisposable
{
    private static readonly TimeSpan SeedWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PeerWait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SeedPause = TimeSpan.FromMilliseconds(200);

    private readonly ClusterSettings _settings;
    private readonly TimeProvider _clock;
    private readonly EtcdClient _etcd;
    private PlaneShards? _shards;
    private ClusterAgent? _agent;

    private ClusterMember(ClusterSettings settings, TimeProvider clock)
    {
        _settings = settings;
        _clock = clock;
        _etcd = Client(settings.Etcd, clock);
    }

    /// <summary>Seed of the cluster's hashes.</summary>
    internal ulong Seed { get; private set; }

    /// <summary>The cluster as the API shows and changes it; null before <see cref="Join"/>.</summary>
    internal ClusterControl? Control { get; private set; }

    /// <summary>A client of the operator's etcd.</summary>
    internal static EtcdClient Client(ClusterEtcdSettings settings, TimeProvider clock) => new(
        new EtcdSettings
        {
            Endpoints = settings.Endpoints,
            User = settings.User,
            Password = settings.Password,
            TrustedCaFile = settings.CaFile,
            CertificateFile = settings.CertificateFile,
            KeyFile = settings.KeyFile,
            RequestTimeout = settings.Timeout,
        },
        clock);

    /// <summary>Finds the cluster.</summary>
    /// <exception cref="GatewayException">etcd does not answer.</exception>
    internal static async Task<ClusterMember> Find(ClusterSettings settings, TimeProvider clock)
    {
        var member = new ClusterMember(settings, clock);
        ulong candidate = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        long start = clock.GetTimestamp();
        while (clock.GetElapsedTime(start) < SeedWait)
        {
            if (await ClusterSeed.Find(member._etcd, new ClusterKeys(settings.Name), candidate, CancellationToken.None) is { } seed)
            {
                member.Seed = seed;
                return member;
            }

            await Task.Delay(SeedPause, clock);
        }

        await member.DisposeAsync();
        throw new GatewayException($"natflow.cluster.etcd: none of {string.Join(", ", settings.Etcd.Endpoints)} answers");
    }

    /// <summary>Listens for other nodes. The workers run, and forward nothing until a shard is this node's.</summary>
    internal void Open(DataPlane plane, XdpPpe? ppe, UserControl users, NetworkModel network, IReadOnlyList<LivePort> ports, GatewayJournal? journal, ILoggingAdapter log)
    {
        _shards = new PlaneShards(plane, ppe, new UserRelay(plane, users, _clock), network, ports, _settings, Seed, journal, log);
        var settings = new ClusterAgentSettings
        {
            Cluster = _settings.Name,
            Node = _settings.Node,
            Weight = _settings.Weight,
            ShardCount = _settings.Shards,
            LeaseSeconds = (int)Math.Ceiling(_settings.Lease.TotalSeconds),
            LeaseMargin = _settings.LeaseMargin,
            Replication = _settings.Replication,
            FlowAge = _settings.FlowAge,
            Tls = _settings.Tls,
            Links = _shards.Links,
        };
        _agent = new ClusterAgent(settings, _etcd, _shards, _clock, message => log.Warning("{0}", message));
        if (journal?.Audit is { } audit)
        {
            _agent.AnswerPeers(audit.AnswerPeer);
            audit.Peers = question => _agent?.AskPeers(question, PeerWait, CancellationToken.None) ?? Task.FromResult<IReadOnlyList<PeerAnswer>>([]);
        }

        Control = new ClusterControl(_agent, new ClusterWishes(_etcd, settings.Keys), _settings.Name, _settings.Shards);
    }

    /// <summary>Takes part: shards come from now on.</summary>
    internal void Join() => _agent?.Start();

    /// <summary>Gives the shards to others.</summary>
    internal Task Drain(CancellationToken cancellation) => _agent?.Drain(cancellation) ?? Task.CompletedTask;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_agent is { } agent)
            await agent.DisposeAsync();
        _agent = null;
        if (_shards is { } shards)
            await shards.DisposeAsync();
        _shards = null;
        _etcd.Dispose();
    }
}
