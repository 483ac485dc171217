using Natflow.Gateway;
using Natflow.Gateway.Users;
using Natflow.Policy;

namespace Natflow.Host.Cluster;

/// <summary>
/// What is decided about users, beside what packets need: their logins, sessions, quotas and totals. Brings changes of owned shards to the feeds of standbys, keeps
/// those of copied shards until this node takes over.
/// </summary>
/// <remarks>Any thread.</remarks>
internal sealed class UserRelay : IAsyncDisposable
{
    private const int PayloadBytesMax = 60 * 1024;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly DataPlane _plane;
    private readonly UserControl _users;
    private readonly TimeProvider _clock;
    private readonly PeriodicTimer _timer;
    private readonly Task _running;
    private readonly Lock _lock = new();
    private readonly Dictionary<int, PlaneFeed> _feeds = [];
    private readonly Dictionary<int, Dictionary<(IpAddress Address, ushort Zone), (KnownUser User, long ReceivedTimestamp)>> _copies = [];
    private long _version;

    internal UserRelay(DataPlane plane, UserControl users, TimeProvider clock)
    {
        _plane = plane;
        _users = users;
        _clock = clock;
        _timer = new PeriodicTimer(Interval, clock);
        _running = Task.Run(Run);
    }

    /// <summary>A feed wants the users of its shard from now on.</summary>
    internal void Attach(int shard, PlaneFeed feed)
    {
        lock (_lock)
            _feeds[shard] = feed;
    }

    /// <summary>It does no more.</summary>
    internal void Detach(int shard, PlaneFeed feed)
    {
        lock (_lock)
        {
            if (_feeds.GetValueOrDefault(shard) == feed)
                _feeds.Remove(shard);
        }
    }

    /// <summary>Tells a feed all users of its shard, as they are now.</summary>
    internal async Task TellAll(int shard, PlaneFeed feed) => feed.Add(KnownUserCodec.Write((await Changed(0)).Users.Where(user => ShardOf(user) == shard), PayloadBytesMax));

    /// <summary>Forgets what is known of a copied shard.</summary>
    internal void Forget(int shard)
    {
        lock (_lock)
            _copies.Remove(shard);
    }

    /// <summary>Keeps what an owner tells.</summary>
    /// <returns>False for what is no users.</returns>
    internal bool Keep(int shard, ReadOnlyMemory<byte> payload)
    {
        var users = new List<KnownUser>();
        bool isWhole = KnownUserCodec.TryRead(payload, users);
        lock (_lock)
        {
            if (!_copies.TryGetValue(shard, out Dictionary<(IpAddress, ushort), (KnownUser, long)>? copy))
                _copies.Add(shard, copy = []);
            foreach (KnownUser user in users)
            {
                if (copy.Count < _plane.UserCapacity || copy.ContainsKey((user.Addresses[0], user.Zone)))
                    copy[(user.Addresses[0], user.Zone)] = (user, _clock.GetTimestamp());
            }
        }

        return isWhole;
    }

    /// <summary>This node owns the shard now: its users go on here, sessions as much nearer to their ends as time has passed.</summary>
    internal void Adopt(int shard)
    {
        KnownUser[] users;
        lock (_lock)
        {
            if (!_copies.Remove(shard, out Dictionary<(IpAddress, ushort), (KnownUser User, long ReceivedTimestamp)>? copy))
                return;
            users = [.. copy.Values.Select(kept => kept.User with { SessionLeft = kept.User.SessionLeft - _clock.GetElapsedTime(kept.ReceivedTimestamp) })];
        }

        _users.Adopt(users);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _running;
    }

    private async Task Run()
    {
        while (await _timer.WaitForNextTickAsync())
        {
            KeyValuePair<int, PlaneFeed>[] feeds;
            lock (_lock)
                feeds = [.. _feeds];
            if (feeds.Length == 0)
                continue;
            try
            {
                (long version, List<KnownUser> users) = await Changed(_version);
                _version = version;
                ILookup<int, KnownUser> byShard = users.ToLookup(ShardOf);
                foreach ((int shard, PlaneFeed feed) in feeds)
                {
                    if (feed.TakeWantsAll())
                        await TellAll(shard, feed);
                    else
                        feed.Add(KnownUserCodec.Write(byShard[shard], PayloadBytesMax));
                }
            }
            catch (TimeoutException)
            {
                // The user actor is busy: with the next turn, from the same version.
            }
        }
    }

    private async Task<(long Version, List<KnownUser> Users)> Changed(long since)
    {
        var users = new List<KnownUser>();
        long version = 0;
        for (int? from = 0; from is { } start;)
        {
            UsersExport page = await _users.Export(new UsersExportRequest(since, start));
            if (start == 0)
                version = page.Version;
            users.AddRange(page.Users);
            from = page.Next;
        }

        return (version, users);
    }

    private int ShardOf(KnownUser user) => _plane.ShardOf(FlowJudge.MappedOf(user.Addresses[0]), user.Zone);
}
