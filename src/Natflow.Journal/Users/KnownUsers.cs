using Natflow.Flows.Users;
using Natflow.Gateway.Users;
using Natflow.Journal.Audit;
using Natflow.Policy;
using Natflow.Policy.Auth;
using Natflow.Policy.Users;

namespace Natflow.Journal.Users;

/// <summary>Makes users of the record, for a process that goes on with them.</summary>
public static class KnownUsers
{
    /// <summary>The users of a state, and the lines that were written since the configuration.</summary>
    /// <param name="state">The state on record.</param>
    /// <param name="now">Now: sessions end at a time.</param>
    /// <returns>Users; one whose address cannot be read is left out.</returns>
    public static IReadOnlyList<KnownUser> Of(GatewayState state, DateTimeOffset now)
    {
        var known = new List<KnownUser>(state.Users.Count);
        foreach (UserState user in state.Users)
        {
            if (TryMake(user, now) is { } made)
                known.Add(made);
        }

        return known;
    }

    private static KnownUser? TryMake(UserState user, DateTimeOffset now)
    {
        var addresses = new List<IpAddress>();
        foreach (string text in (IEnumerable<string>)[user.User, .. user.Addresses ?? []])
        {
            if (IpAddress.TryParse(text, out IpAddress address))
                addresses.Add(address);
        }

        if (addresses.Count == 0 || user.Zone is < 0 or > ushort.MaxValue)
            return null;
        return new KnownUser(addresses, (ushort)user.Zone, AuthOf(user))
        {
            Mac = user.Mac is { } mac && MacText.TryParse(mac, out ulong parsed) ? parsed : 0,
            InterfaceName = user.Interface ?? "",
            Login = user.Login ?? "",
            SessionLeft = user.EndsAt is { } end && AuditTime.TryParse(end, out long ticks) ? new DateTimeOffset(ticks, TimeSpan.Zero) - now : null,
            Limits = LimitsOf(user),
            HasOwnLimits = user.HasOwnLimits,
            HasSessionLimits = user.HasSessionLimits,
            Quota = new UserQuota(user.VolumeBytesMax, user.VolumeBaseBytes, 0, (ushort)Math.Clamp(user.DeviceCountMax, 0, ushort.MaxValue)),
            Total = new Policy.Users.UserTraffic(user.PacketsIn, user.BytesIn, user.PacketsOut, user.BytesOut),
        };
    }

    private static AuthState AuthOf(UserState user) => AuthState.NewAt(0) with
    {
        Status = Parse<AuthStatus>(user.Status),
        Type = Parse<AuthType>(user.Type),
        RuleId = user.Type is null ? AuthState.NoRule : (uint)user.Rule,
    };

    private static PolicyLimits LimitsOf(UserState user)
    {
        var limits = new PolicyLimits(user.UpBitsPerSecond, user.DownBitsPerSecond, TimeSpan.FromMicroseconds(user.BurstMicroseconds));
        return user.HasOwnLimits && limits.IsValid ? limits : PolicyLimits.None;
    }

    private static T Parse<T>(string? text)
        where T : struct, Enum => Enum.TryParse(text, ignoreCase: true, out T value) ? value : default;
}
