using System.Collections.Immutable;

namespace Natflow.Policy.Auth;

/// <summary>What <c>natflow_user_ctl</c> holds. Defaults are the original's after load.</summary>
public sealed record AuthModel
{
    /// <summary>Rules at most; the original took 16.</summary>
    public const int RuleCountMax = 256;

    /// <summary>What a gateway has before anything is said.</summary>
    public static AuthModel Default { get; } = new();

    /// <summary>Whether the user layer is off.</summary>
    public bool IsDisabled { get; init; } = true;

    /// <summary>Generation of the rules; a user matched under another is matched anew.</summary>
    public ushort Generation { get; init; }

    /// <summary>Portal of IPv4 users.</summary>
    public IpAddress RedirectIp { get; init; } = IpAddress.FromIpv4(0x0A0A0A0A);

    /// <summary>Portal of IPv6 users; the unspecified address for the IPv4 portal.</summary>
    public IpAddress RedirectIp6 { get; init; } = IpAddress.FromIpv6(UInt128.Zero);

    /// <summary>Port of the portal's page, for HTTP.</summary>
    public ushort RedirectPort { get; init; } = 80;

    /// <summary>Portal of somebody else, an http or https URL, in the place of the addresses above; empty for none.</summary>
    public string RedirectUrl { get; init; } = "";

    /// <summary>Life of a matched user without traffic, seconds.</summary>
    public uint NoFlowTimeoutSeconds { get; init; } = 1800;

    /// <summary>Whether the WeChat helper page is served.</summary>
    public bool AnswersWeixin { get; init; }

    /// <summary>Whether TCP 443 of users who must log in goes to the portal.</summary>
    public bool RedirectsHttps { get; init; }

    /// <summary>Port of the portal for <see cref="RedirectsHttps"/>.</summary>
    public ushort HttpsRedirectPort { get; init; } = 443;

    /// <summary>Set of destinations that need no login; empty for none.</summary>
    public string DestinationBypassSet { get; init; } = "";

    /// <summary>Set of sources that need no login; empty for none.</summary>
    public string SourceBypassSet { get; init; } = "";

    /// <summary>The rules, in order: the first that matches decides.</summary>
    public ImmutableArray<AuthRule> Rules { get; init; } = [];
}
