using Natflow.Policy.Auth;
using Natflow.Portal;

namespace Natflow.Host.Settings;

/// <summary>Has users who must log in sent to the gateway's own page.</summary>
internal static class PortalRedirect
{
    private const int HttpsPort = 443;

    /// <summary>Rules that lead to a portal.</summary>
    /// <param name="policy">The operator's; a portal elsewhere stays.</param>
    /// <param name="portal">The portal that is served.</param>
    internal static PolicySettings Of(PolicySettings policy, PortalSettings portal)
    {
        AuthModel auth = policy.Models.Auth;
        if (!portal.IsEnabled || auth.RedirectUrl.Length != 0)
            return policy;
        string url = !portal.IsTls || portal.Name.Length == 0 ? "" : portal.TlsPort == HttpsPort ? $"https://{portal.Name}/" : $"https://{portal.Name}:{portal.TlsPort}/";
        return policy with { Models = policy.Models with { Auth = auth with { RedirectPort = (ushort)portal.Port, RedirectUrl = url } } };
    }
}
