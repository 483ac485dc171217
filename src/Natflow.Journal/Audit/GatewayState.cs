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
    private static readonly HashSet<string> Unfolded = ["url-visited", "session-opened", "session-closed", "pool-threshold-reached", "operator-acted", "rules-changed", "login-refused", "voucher-used"];

    private readonly UserFold _users = new();
    private readonly List<WrittenRule> _rules = [];
    private readonly Dictionary<(string Public, int FirstPort), PortLease> _leases = [];

    /// <summary>Last event included.</summary>
    public long Ordering { get; private set; }

    /// <summary>Its time.</summary>
    public long Ticks { get; private set; }

    /// <summary>Subscribers.</summary>
    public IReadOnlyCollection<UserState> Users => _users.Users;

    /// <summary>Port blocks in use.</summary>
    public IReadOnlyCollection<PortLease> Leases => _leases.Values;

    /// <summary>The rule of deterministic ports, or null.</summary>
    public NatPlanChanged? Plan { get; private set; }

    /// <summary>Tells the configuration that rules came of; null where that is not on record.</summary>
    public string? RulesDigest { get; private set; }

    /// <summary>Lines of control devices since then, in order.</summary>
    public IReadOnlyList<WrittenRule> Rules => _rules;

    /// <summary>The state as of an event.</summary>
    /// <param name="reader">The journal.</param>
    /// <param name="catalogue">The events.</param>
    /// <param name="throughOrdering">Last event to include.</param>
    public static GatewayState Load(IJournalReader reader, EventCatalogue catalogue, long throughOrdering)
    {
        StoredSnapshot? snapshot = reader.LoadSnapshot(StreamId, throughOrdering, long.MaxValue);
        GatewayState state = snapshot is null ? new GatewayState() : Read(snapshot);
        foreach (JournalEntry entry in reader.ReadAll(state.Ordering, throughOrdering, Unfolded))
            state.Apply(entry, catalogue);
        return state;
    }

    /// <summary>As <see cref="Load"/>, but only what is said of one subscriber is sure to be of then: cheap where the journal is long.</summary>
    /// <param name="reader">The journal.</param>
    /// <param name="catalogue">The events.</param>
    /// <param name="address">One of its addresses, as text.</param>
    /// <param name="throughOrdering">Last event to include.</param>
    internal static GatewayState LoadUser(IJournalReader reader, EventCatalogue catalogue, string address, long throughOrdering)
    {
        StoredSnapshot? snapshot = reader.LoadSnapshot(StreamId, throughOrdering, long.MaxValue);
        string[] known = [];
        while (true)
        {
            GatewayState state = snapshot is null ? new GatewayState() : Read(snapshot);
            string[] asked = [.. known.Append(address).Append(state.OwnerOf(address) ?? address).Distinct()];
            foreach (JournalEntry entry in reader.FindKeys([.. asked.Select(EventKeys.OfSubject)], state.Ordering, throughOrdering, isNewestFirst: false))
                state.Apply(entry, catalogue);
            if (state.OwnerOf(address) is not { } owner || asked.Contains(owner))
                return state;
            known = [.. asked, owner]; // Taken over meanwhile: what its owner did counts too.
        }
    }

    private string? OwnerOf(string address) => Users.FirstOrDefault(user => user.Addresses?.Contains(address) == true)?.User;

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
            JsonSerializer.Serialize(packing, new StateContent([.. _users.Users], [.. _leases.Values], Plan, RulesDigest, _rules.Count == 0 ? null : _rules), StateJson.Default.StateContent);
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
        bool isKnown = _users.Forget(user);
        foreach (PortLease lease in _leases.Values.Where(lease => lease.User == user).ToArray())
            isKnown |= _leases.Remove((lease.Public, lease.FirstPort));
        return isKnown;
    }

    private static GatewayState Of(StoredSnapshot snapshot, StateContent content)
    {
        var state = new GatewayState { Ordering = snapshot.SequenceNr, Ticks = snapshot.CreatedTicks, Plan = content.Plan, RulesDigest = content.RulesDigest };
        state._rules.AddRange(content.Rules ?? []);
        foreach (UserState user in content.Users)
            state._users.Add(user);
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
            case RulesConfigured configured:
                RulesDigest = configured.Digest;
                _rules.Clear();
                break;
            case RulesWritten written:
                if (written.IsAll)
                    _rules.RemoveAll(rule => rule.Device == written.Device);
                _rules.AddRange(written.Lines.Select(line => new WrittenRule(written.Device, line)));
                break;
            default:
                _users.Apply(journalEvent, ticks);
                break;
        }
    }
}
