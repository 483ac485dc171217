using Natflow.Core;
using Natflow.Flows.Users;
using Natflow.Policy;
using Natflow.Policy.Auth;
using Natflow.Policy.Users;

namespace Natflow.Gateway.Users;

/// <summary>Makes of what is known of a user the policy that its shards obey.</summary>
internal static class UserPolicyCompiler
{
    /// <summary>The policy of one of a user's addresses.</summary>
    internal static UserPolicy Compile(PolicyTables tables, in UserEntry user, in IpAddress address)
    {
        bool isDecided = user.HasOwnLimits || user.Auth.SessionEndsAtMs != 0
            || (user.Auth.Status is not AuthStatus.None and not AuthStatus.Required && user.Auth.Type != AuthType.Auto && user.Auth.Status != AuthStatus.Vip)
            || user.Auth.Status == AuthStatus.Blocked;
        return new UserPolicy(
            user.Auth.Status == AuthStatus.Blocked ? Verdict.Drop : Verdict.Forward,
            (byte)user.Auth.Status,
            user.HasOwnLimits ? user.Limits : tables.Models.UserLimits,
            tables.Acl.SlotsFor(address, user.Mac),
            tables.WeightOf(address, user.Mac),
            isDecided,
            EndsFlows: false);
    }

    /// <summary>The policy of one of a known user's addresses, before anything was seen of it.</summary>
    internal static UserPolicy Compile(PolicyTables tables, KnownUser known, in IpAddress address)
    {
        var user = new UserEntry
        {
            Auth = known.AuthAt(tables.Auth.Model.Generation, 0),
            Limits = known.Limits,
            HasOwnLimits = known.HasOwnLimits,
            Mac = known.Mac,
        };
        return Compile(tables, in user, address);
    }
}
