using Natflow.Journal.Events;

namespace Natflow.Journal.Audit;

/// <summary>Subscribers as the fold of their events.</summary>
/// <remarks>One thread.</remarks>
internal sealed class UserFold
{
    private const string Blocked = "blocked";

    private static readonly UserRates NoRates = new(0, 0, 0);

    private readonly Dictionary<(string User, int Zone), UserState> _users = [];
    private readonly Dictionary<(string Address, int Zone), string> _ownerOf = [];

    internal IReadOnlyCollection<UserState> Users => _users.Values;

    internal void Add(UserState user)
    {
        _users[(user.User, user.Zone)] = user;
        foreach (string address in user.Addresses ?? [])
            _ownerOf[(address, user.Zone)] = user.User;
    }

    /// <summary>Forgets a subscriber, in all zones.</summary>
    internal bool Forget(string address)
    {
        UserState[] found = [.. _users.Values.Where(user => user.User == address || user.Addresses?.Contains(address) == true)];
        foreach (UserState user in found)
            Remove(user.User, user.Zone);
        return found.Length != 0;
    }

    internal void Apply(IJournalEvent journalEvent, long ticks)
    {
        switch (journalEvent)
        {
            case UserSeen user:
                OnSeen(user, ticks);
                break;
            case UserGone user:
                Remove(user.User, user.Zone);
                break;
            case UserMoved user:
                Change(user.User, user.Zone, ticks, state => state with { Mac = user.Mac, Interface = user.Interface });
                break;
            case UserMatched user:
                Change(user.User, user.Zone, ticks, state => state with { Status = user.Status, Type = user.Type, Rule = user.Rule });
                break;
            case UserStatusSet user:
                Change(user.User, user.Zone, ticks, state => state with { Status = user.Status, EndsAt = null, Verdict = user.Status == Blocked ? "drop" : "forward" });
                break;
            case UserLoggedIn user:
                Change(user.User, user.Zone, ticks, state => LoggedIn(state, user));
                break;
            case UserSessionChanged user:
                Change(user.User, user.Zone, ticks, state => Limited(Session(state, user), user.Rates ?? NoRates) with { HasSessionLimits = user.IsOfSession });
                break;
            case UserLoggedOut user:
                Change(user.User, user.Zone, ticks, state => LoggedOut(state) with { Status = "required", BytesOut = user.BytesOut, BytesIn = user.BytesIn });
                break;
            case UserKicked user:
                Change(user.User, user.Zone, ticks, state => LoggedOut(state) with { Status = null, Type = null, Rule = 0, Verdict = null, BytesOut = 0, BytesIn = 0, PacketsOut = 0, PacketsIn = 0 });
                break;
            case UserLimitSet user:
                Change(user.User, user.Zone, ticks, state => Limited(state, new UserRates(user.UpBitsPerSecond, user.DownBitsPerSecond, user.BurstMicroseconds)));
                break;
            case UserJoined user:
                OnJoined(user, ticks);
                break;
            case UserTraffic user:
                Change(user.User, user.Zone, ticks, state => state with { BytesOut = user.BytesOut, BytesIn = user.BytesIn, PacketsOut = user.PacketsOut, PacketsIn = user.PacketsIn });
                break;
            case PolicyChanged user:
                Change(user.User, 0, ticks, state => state with { PolicyGeneration = user.Generation, Verdict = user.Verdict });
                break;
        }
    }

    private void OnSeen(UserSeen user, long ticks)
    {
        if (_ownerOf.Remove((user.User, user.Zone), out string? owner) && _users.TryGetValue((owner, user.Zone), out UserState? before))
            _users[(owner, user.Zone)] = before with { Addresses = Without(before.Addresses, user.User) };
        _users[(user.User, user.Zone)] = new UserState(user.User, user.Zone, ticks) { Mac = user.Mac, Interface = user.Interface };
    }

    private void OnJoined(UserJoined user, long ticks)
    {
        _users.Remove((user.Address, user.Zone), out UserState? absorbed);
        string[] more = [user.Address, .. absorbed?.Addresses ?? []];
        foreach (string address in more)
            _ownerOf[(address, user.Zone)] = user.User;
        Change(user.User, user.Zone, ticks, state => state with
        {
            Addresses = [.. (state.Addresses ?? []).Union(more, StringComparer.Ordinal)],
            BytesOut = state.BytesOut + (absorbed?.BytesOut ?? 0),
            BytesIn = state.BytesIn + (absorbed?.BytesIn ?? 0),
            PacketsOut = state.PacketsOut + (absorbed?.PacketsOut ?? 0),
            PacketsIn = state.PacketsIn + (absorbed?.PacketsIn ?? 0),
        });
    }

    private void Remove(string user, int zone)
    {
        if (!_users.Remove((user, zone), out UserState? gone))
            return;
        foreach (string address in gone.Addresses ?? [])
            _ownerOf.Remove((address, zone));
    }

    private void Change(string user, int zone, long ticks, Func<UserState, UserState> change) =>
        _users[(user, zone)] = change(_users.TryGetValue((user, zone), out UserState? known) ? known : new UserState(user, zone, ticks));

    private static UserState LoggedIn(UserState state, UserLoggedIn login)
    {
        UserState next = state with
        {
            IsLoggedIn = true,
            Login = login.Login ?? state.Login,
            Status = "ok",
            EndsAt = login.EndsAt,
            VolumeBytesMax = login.VolumeBytesMax,
            VolumeBaseBytes = login.VolumeBaseBytes,
            DeviceCountMax = login.DeviceCountMax,
        };
        return (login.Rates is { } rates ? Limited(next, rates) : next) with { HasSessionLimits = login.IsOfSession };
    }

    private static UserState Session(UserState state, UserSessionChanged change) => state with
    {
        EndsAt = change.EndsAt,
        VolumeBytesMax = change.VolumeBytesMax,
        VolumeBaseBytes = change.VolumeBaseBytes,
        DeviceCountMax = change.DeviceCountMax,
    };

    // Rates of a session end with it.
    private static UserState LoggedOut(UserState state) => (state.HasSessionLimits ? Limited(state, NoRates) : state) with { IsLoggedIn = false, Login = null, HasSessionLimits = false, EndsAt = null, VolumeBytesMax = 0, VolumeBaseBytes = 0, DeviceCountMax = 0 };

    private static UserState Limited(UserState state, UserRates rates) =>
        state with { HasOwnLimits = (rates.Up | rates.Down) != 0, UpBitsPerSecond = rates.Up, DownBitsPerSecond = rates.Down, BurstMicroseconds = rates.BurstMicroseconds };

    private static string[]? Without(IReadOnlyList<string>? addresses, string address)
    {
        string[] rest = [.. (addresses ?? []).Where(other => other != address)];
        return rest.Length == 0 ? null : rest;
    }
}
