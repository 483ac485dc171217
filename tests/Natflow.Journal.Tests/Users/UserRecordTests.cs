using Natflow.Flows.Users;
using Natflow.Gateway.Users;
using Natflow.Journal.Audit;
using Natflow.Journal.Events;
using Natflow.Journal.Tests.Stores;
using Natflow.Journal.Users;
using Natflow.Journal.Writing;
using Natflow.Policy.Auth;
using Natflow.Policy.Users;
using Natflow.Testing;

namespace Natflow.Journal.Tests.Users;

/// <summary>What is decided about users goes on record, and a process that comes later finds the same users.</summary>
[Collection(StoreCollection.Name)]
public sealed class UserRecordTests
{
    private static readonly PolicyLimits Limits = new(1_000_000, 2_000_000, TimeSpan.FromMilliseconds(100));
    private readonly TestTime _time = new();

    [Fact]
    public async Task Record_OfManyDecisions_IsTheUsersOfThen()
    {
        (IReadOnlyList<KnownUser> users, GatewayState state) = await Replay(
            new Gateway.Users.UserSeen(At, 1, "10.0.0.1", 0, "02:00:00:00:00:01", "lan0"),
            new Gateway.Users.UserMatched(At, 1, AuthStatus.Required, AuthType.Web, 7),
            new Gateway.Users.UserLoggedIn(At, 1, "alice", 3600, Limits, new UserQuota(1000, 20, 0, 3)),
            new Gateway.Users.UserSeen(At, 2, "2001:db8::2", 0, "", ""),
            new Gateway.Users.UserJoined(At, 1, 2),
            new UserAddressAdded(At, 1, "10.0.0.9", 0),
            new UserTrafficCounted(At, 1, new Policy.Users.UserTraffic(1, 200, 3, 400)),
            new Gateway.Users.UserSeen(At, 3, "10.0.0.3", 4, "02:00:00:00:00:03", "lan1"),
            new Gateway.Users.UserStatusSet(At, 3, AuthStatus.Blocked),
            new Gateway.Users.UserSeen(At, 4, "10.0.0.4", 0, "", ""),
            new UserExpired(At, 4, default),
            new Gateway.Users.RulesConfigured(At, "d1"),
            new Gateway.Users.RulesWritten(At, ControlDevice.Qos, ["clear", "add user=x"], IsAll: false));

        Assert.Equal(2, users.Count);
        KnownUser alice = users.Single(static user => user.Login == "alice");
        Assert.Equal(["10.0.0.1", "2001:db8::2", "10.0.0.9"], alice.Addresses.Select(static address => address.ToString()));
        Assert.Equal((AuthStatus.Ok, AuthType.Web, 7u), (alice.Auth.Status, alice.Auth.Type, alice.Auth.RuleId));
        Assert.Equal((Limits, true), (alice.Limits, alice.HasOwnLimits));
        Assert.Equal(new UserQuota(1000, 20, 0, 3), alice.Quota);
        Assert.Equal(new Policy.Users.UserTraffic(1, 200, 3, 400), alice.Total);
        Assert.Equal(TimeSpan.FromSeconds(3600), alice.SessionLeft);
        Assert.Equal((0x02_00_00_00_00_01UL, "lan0"), (alice.Mac, alice.InterfaceName));
        KnownUser blocked = users.Single(static user => user.Zone == 4);
        Assert.Equal(AuthStatus.Blocked, blocked.Auth.Status);
        Assert.Equal("d1", state.RulesDigest);
        Assert.Equal([new WrittenRule("natflow_qos_ctl", "clear"), new WrittenRule("natflow_qos_ctl", "add user=x")], state.Rules);
    }

    [Fact]
    public async Task Record_SessionIsOverOrUserIsKicked_LeavesNoSession()
    {
        (IReadOnlyList<KnownUser> users, _) = await Replay(
            new Gateway.Users.UserSeen(At, 1, "10.0.0.1", 0, "", ""),
            new Gateway.Users.UserLoggedIn(At, 1, "", 60, Limits, new UserQuota(1000, 0, 0, 0)) { HasSessionLimits = true },
            new Gateway.Users.UserLoggedOut(At, 1, LogoutCause.Volume, default),
            new Gateway.Users.UserSeen(At, 2, "10.0.0.2", 0, "", ""),
            new Gateway.Users.UserLoggedIn(At, 2, "", 60, Limits, default),
            new Gateway.Users.UserSessionChanged(At, 2, 30, Limits, new UserQuota(7, 0, 0, 0)),
            new Gateway.Users.UserKicked(At, 2, default));

        Assert.All(users, static user => Assert.Equal((null, default(UserQuota)), (user.SessionLeft, user.Quota)));
        Assert.Equal([AuthStatus.Required, AuthStatus.None], users.OrderBy(static user => user.Addresses[0].Value).Select(static user => user.Auth.Status));
        Assert.Equal([false, true], users.OrderBy(static user => user.Addresses[0].Value).Select(static user => user.HasOwnLimits)); // Rates of a session end with it, the operator's do not.
    }

    [Fact]
    public async Task Record_AddressLeavesItsUser_IsAUserOfItsOwn()
    {
        (IReadOnlyList<KnownUser> users, _) = await Replay(
            new Gateway.Users.UserSeen(At, 1, "10.0.0.1", 0, "", ""),
            new UserAddressAdded(At, 1, "10.0.0.2", 0),
            new Gateway.Users.UserSeen(At, 2, "10.0.0.2", 0, "", ""));

        Assert.All(users, static user => Assert.Single(user.Addresses));
    }

    private DateTimeOffset At => _time.GetUtcNow();

    // By the store and a snapshot, as a gateway reads it.
    private async Task<(IReadOnlyList<KnownUser> Users, GatewayState State)> Replay(params PolicyEvent[] events)
    {
        using var place = new TestJournalPlace("sqlite");
        using var writer = new JournalWriter(
            place.Location.Open, EventCatalogue.Default, new JournalWriterSettings { SpillPath = Path.Combine(place.Directory, "spill") }, _time, static _ => { });
        var sink = new JournalEventSink(writer);
        var kept = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (PolicyEvent policyEvent in events)
            sink.Publish(policyEvent);
        sink.WhenKept(kept.SetResult);
        await kept.Task;
        using IJournalReader reader = place.Location.OpenReader();
        GatewayState state = GatewayState.Read(GatewayState.Load(reader, EventCatalogue.Default, reader.ReadHighestOrdering()).Write());
        return (KnownUsers.Of(state, At), state);
    }
}
