using System.Net;

namespace Natflow.Portal.Radius;

/// <summary><c>natflow.portal.radius</c>.</summary>
public sealed record RadiusSettings
{
    /// <summary>No server.</summary>
    public static RadiusSettings None { get; } = new();

    /// <summary>Servers for logins, in the order they are asked.</summary>
    public IReadOnlyList<RadiusServer> Servers { get; init; } = [];

    /// <summary>Servers that are told of sessions; empty for none.</summary>
    public IReadOnlyList<RadiusServer> Accounting { get; init; } = [];

    /// <summary>Whether passwords are sent hidden (PAP) or proven by a challenge (CHAP), which needs a server that knows the clear password.</summary>
    public bool IsChap { get; init; }

    /// <summary>Time to wait for an answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Times that one server is asked.</summary>
    public int Tries { get; init; } = 2;

    /// <summary>NAS-Identifier that the servers see.</summary>
    public string NasIdentifier { get; init; } = "natflow";

    /// <summary>Time between interim reports of a session that the server says no other time for.</summary>
    public TimeSpan Interim { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether an answer to a login without Message-Authenticator is refused: without it, who sits between can forge one (RFC 2869 section 5.14, CVE-2024-3596).</summary>
    public bool RequiresMessageAuthenticator { get; init; } = true;

    /// <summary>Where changes of sessions are heard (RFC 5176); null for nowhere.</summary>
    public IPEndPoint? DynamicAuthorization { get; init; }

    /// <summary>Who may send them.</summary>
    public IReadOnlyList<RadiusServer> DynamicClients { get; init; } = [];
}
