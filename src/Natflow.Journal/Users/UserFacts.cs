using Natflow.Flows.Users;
using Natflow.Gateway.Users;
using Natflow.Journal.Audit;
using Natflow.Journal.Events;

namespace Natflow.Journal.Users;

/// <summary>Makes events of the catalogue from what the user actor decides.</summary>
internal static class UserFacts
{
    private const string Operator = "operator";

    /// <summary>The fact, or null where nothing is to be kept.</summary>
    /// <param name="userEvent">The decision.</param>
    /// <param name="user">Its user.</param>
    /// <param name="addressOf">First address of another user, or null.</param>
    internal static IJournalEvent? Of(UserEvent userEvent, UserName user, Func<ulong, string?> addressOf) => userEvent switch
    {
        Gateway.Users.UserSeen seen => new Events.UserSeen(user.Address, user.Zone, TextOrNull(seen.Mac), TextOrNull(seen.InterfaceName)),
        Gateway.Users.UserMoved moved => new Events.UserMoved(user.Address, user.Zone, TextOrNull(moved.Mac), TextOrNull(moved.InterfaceName)),
        Gateway.Users.UserMatched matched => new Events.UserMatched(user.Address, user.Zone, Name(matched.Status), Name(matched.Type), (int)matched.RuleId),
        Gateway.Users.UserStatusSet set => new Events.UserStatusSet(user.Address, user.Zone, Name(set.Status)),
        Gateway.Users.UserKicked kicked => new Events.UserKicked(user.Address, Operator, user.Zone, kicked.Total.TxBytes, kicked.Total.RxBytes),
        UserLimitsSet set => new UserLimitSet(user.Address, set.Limits.UpBitsPerSecond, set.Limits.DownBitsPerSecond, Operator, user.Zone, Microseconds(set.Limits.Burst)),
        Gateway.Users.UserLoggedIn login => LoggedIn(login, user),
        Gateway.Users.UserSessionChanged change => Changed(change, user),
        Gateway.Users.UserLoggedOut logout => new Events.UserLoggedOut(user.Address, Login: null, Name(logout.Cause), user.Zone, logout.Total.TxBytes, logout.Total.RxBytes),
        Gateway.Users.UserJoined joined when addressOf(joined.AbsorbedId) is { } absorbed => new Events.UserJoined(user.Address, user.Zone, absorbed),
        UserAddressAdded added => new Events.UserJoined(user.Address, user.Zone, added.Address),
        UserTrafficCounted counted => new UserTraffic(user.Address, user.Zone, counted.Total.TxBytes, counted.Total.RxBytes, counted.Total.TxPackets, counted.Total.RxPackets),
        UserExpired expired => new UserGone(user.Address, user.Zone, (long)expired.Total.TxBytes, (long)expired.Total.RxBytes),
        _ => null,
    };

    private static Events.UserLoggedIn LoggedIn(Gateway.Users.UserLoggedIn login, UserName user) => new(
        user.Address,
        TextOrNull(login.Login),
        Rule: null,
        user.Zone,
        login.SessionSeconds == 0 ? null : AuditTime.Text(login.At.AddSeconds(login.SessionSeconds).UtcTicks),
        RatesOf(login.Limits),
        login.Quota.VolumeBytesMax,
        login.Quota.VolumeBaseBytes,
        login.Quota.DeviceCountMax,
        login.HasSessionLimits);

    private static Events.UserSessionChanged Changed(Gateway.Users.UserSessionChanged change, UserName user) => new(
        user.Address,
        user.Zone,
        change.SecondsLeft == 0 ? null : AuditTime.Text(change.At.AddSeconds(change.SecondsLeft).UtcTicks),
        RatesOf(change.Limits),
        change.Quota.VolumeBytesMax,
        change.Quota.VolumeBaseBytes,
        change.Quota.DeviceCountMax,
        change.HasSessionLimits);

    private static UserRates? RatesOf(in PolicyLimits limits) =>
        (limits.UpBitsPerSecond | limits.DownBitsPerSecond) == 0 ? null : new UserRates(limits.UpBitsPerSecond, limits.DownBitsPerSecond, Microseconds(limits.Burst));

    private static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    private static string Name<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static string? TextOrNull(string text) => text.Length == 0 ? null : text;
}
