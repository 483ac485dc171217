namespace Natflow.Management.Api.Models;

/// <summary>Auth rules.</summary>
/// <param name="IsEnabled">Whether they are in force.</param>
/// <param name="IdleSeconds">Life of a user without traffic, seconds.</param>
/// <param name="PortalIpv4">Where users who have to log in are sent by HTTP.</param>
/// <param name="PortalIpv6">The same for IPv6; :: sends them to the IPv4 portal.</param>
/// <param name="RedirectsHttps">Whether TCP 443 goes to the portal too.</param>
/// <param name="HttpsPort">Port of the portal for that.</param>
/// <param name="DestinationBypass">Set of destinations that need no login; empty for none.</param>
/// <param name="SourceBypass">Set of sources that need no login; empty for none.</param>
/// <param name="Rules">In order: the first that matches a user counts.</param>
public sealed record AuthTableModel(
    bool IsEnabled,
    long IdleSeconds,
    string PortalIpv4,
    string PortalIpv6,
    bool RedirectsHttps,
    int HttpsPort,
    string? DestinationBypass,
    string? SourceBypass,
    IReadOnlyList<AuthRuleModel> Rules);
