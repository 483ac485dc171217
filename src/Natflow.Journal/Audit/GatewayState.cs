using System.IO.Compression;
using System.Text.Json;
using Natflow.Journal.Events;

namespace Natflow.Journal.Audit;

/// <summary>Subscribers, their policies and port blocks as of an event: the fold of all events up to it.</summary>
/// <remarks>One thread.</remarks>
public sealed class GatewayState
{
    /// <summary>Stream under which its snapshots are kept; their number is an ordering.</summary>
    public const string StreamId = "gateway-state";

    private const string Manifest = "gateway-state:1";
    private static readonly HashSet<string> Unfolded = ["url-visited", "session-opened", "session-closed", "pool-threshold-reached", "operator-acted"];

    private readonly Dictionary<string, UserState> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Public, int FirstPort), PortLease> _leases = [];

    /// <summary>Last event included.</summary>
    public long Ordering { get; private set; }

    /// <summary>Its time.</summary>
    public long Ticks { get; private set; }

    /// <summary>Subscribers.</summary>
    public IReadOnlyCollection<UserState> Users => _users.Values;

    /// <summary>Port blocks in use.</summary>
    public IReadOnlyCollection<PortLease> Leases => _leases.Values;

    /// <summary>The rule of deterministic ports, or null.</summary>
    public NatPlanChanged? Plan { get; private set; }

    /// <summary>The state as of an event.</summary>
    /// <param name="reader">The journal.</param>
    /// <param name="catalogue">The events.</param>
    /// <param name="throughOrdering">Last event to include.</param>
    public static GatewayState Load(IJournalReader reader, EventCatalogue catalogue, long throughOrdering)
    {
        StoredSnapshot? snapshot = reader.LoadSnapshot(StreamId, throughOrdering, long.MaxValue);
        GatewayState state = snapshot is null ? new GatewayState() : Read(snapshot);
        foreach (JournalEntry entry in reader.ReadAll(state.Ordering, throughOrdering))
            state.Apply(entry, catalogue);
        return state;
    }

    /// <summary>Takes a snapshot apart.</summary>
    /// <exception cref="StoreUnavailableException">It is damaged.</exception>
    public static GatewayState Read(StoredSnapshot snapshot)
    {
        try
        {
            using var packed = new DeflateStream(new MemoryStream(snapshot.Content), CompressionMode.Decompress);
            StateContent content = JsonSerializer.Deserialize(packed, StateJson.Default.StateContent) ?? throw new InvalidDataException("empty");
            return Of(snapshot, content);
        }
        catch (Exception bad) when (bad is JsonException or InvalidDataException)
        {
            throw new StoreUnavailableException($"the state snapshot of event {snapshot.SequenceNr} is damaged: {bad.Message}", bad);
        }
    }

    /// <summary>The state as a snapshot.</summary>
    public StoredSnapshot Write()
    {
        var stream = new MemoryStream();
        using (var packing = new DeflateStream(stream, CompressionLevel.Fastest, leaveOpen: true))
            JsonSerializer.Serialize(packing, new StateContent([.. _users.Values], [.. _leases.Values], Plan), StateJson.Default.StateContent);
        return new StoredSnapshot(StreamId, Ordering, Ticks, Manifest, stream.ToArray());
    }

    /// <summary>Takes an event in.</summary>
    public void Apply(JournalEntry entry, EventCatalogue catalogue)
    {
        Ordering = entry.Ordering;
        Ticks = entry.CreatedTicks;
        int colon = entry.Manifest.IndexOf(':', StringComparison.Ordinal);
        if (!Unfolded.GetAlternateLookup<ReadOnlySpan<char>>().Contains(entry.Manifest.AsSpan(0, Math.Max(colon, 0))))
            Apply(catalogue.Decode(entry), entry.CreatedTicks);
    }

    /// <summary>Forgets a subscriber: its events were erased.</summary>
    /// <returns>Whether there was anything to forget.</returns>
    public bool Forget(string user)
    {
        bool isKnown = _users.Remove(user);
        foreach (PortLease lease in _leases.Values.Where(lease => lease.User == user).ToArray())
            isKnown |= _leases.Remove((lease.Public, lease.FirstPort));
        return isKnown;
    }

    private static GatewayState Of(StoredSnapshot snapshot, StateContent content)
    {
        var state = new GatewayState { Ordering = snapshot.SequenceNr, Ticks = snapshot.CreatedTicks, Plan = content.Plan };
        foreach (UserState user in content.Users)
            state._users[user.User] = user;
        foreach (PortLease lease in content.Leases)
            state._leases[(lease.Public, lease.FirstPort)] = lease;
        return state;
    }

    private void Apply(IJournalEvent journalEvent, long ticks)
    {
        switch (journalEvent)
        {
            case PortBlockAllocated block:
                _leases[(block.Public, block.FirstPort)] = new PortLease(block.User, block.Zone, block.Shard, block.Public, block.FirstPort, block.PortCount, ticks);
                break;
            case PortBlockReleased block:
                _leases.Remove((block.Public, block.FirstPort));
                break;
            case NatPlanChanged plan:
                Plan = plan.LanPrefixes.Count == 0 ? null : plan;
                break;
            case UserSeen user:
                _users[user.User] = new UserState(user.User, user.Zone, ticks);
                break;
            case UserGone user:
                _users.Remove(user.User);
                break;
            case UserLoggedIn user:
                Change(user.User, ticks, state => state with { IsLoggedIn = true, Login = user.Login });
                break;
            case UserLoggedOut user:
                Change(user.User, ticks, static state => state with { IsLoggedIn = false, Login = null });
                break;
            case UserKicked user:
                Change(user.User, ticks, static state => state with { IsLoggedIn = false, Login = null });
                break;
            case UserLimitSet user:
                Change(user.User, ticks, state => state with { UpBitsPerSecond = user.UpBitsPerSecond, DownBitsPerSecond = user.DownBitsPerSecond });
                break;
            case PolicyChanged user:
                Change(user.User, ticks, state => state with { PolicyGeneration = user.Generation, Verdict = user.Verdict });
                break;
        }
    }

    private void Change(string user, long ticks, Func<UserState, UserState> change) =>
        _users[user] = change(_users.TryGetValue(user, out UserState? known) ? known : new UserState(user, 0, ticks));
}
