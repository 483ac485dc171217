using System.Net;
using Natflow.Portal.Logins;

namespace Natflow.Portal;

/// <summary><c>natflow.portal</c>, and of <c>natflow.auth.portal</c> the addresses.</summary>
public sealed record PortalSettings
{
    /// <summary>Whether the gateway serves the login page itself.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>Addresses of the box to listen on, of either family.</summary>
    public required IReadOnlyList<IPAddress> Addresses { get; init; }

    /// <summary>TCP port of HTTP, 0 to 65535; 0 takes a free one.</summary>
    public required int Port { get; init; }

    /// <summary>TCP port of HTTPS, served where there is a certificate.</summary>
    public required int TlsPort { get; init; }

    /// <summary>PEM file of the certificate chain; empty for none.</summary>
    public required string CertificatePath { get; init; }

    /// <summary>PEM file of the key; empty where the certificate's file holds it.</summary>
    public required string KeyPath { get; init; }

    /// <summary>DNS name that the certificate is for; empty for the addresses alone.</summary>
    public required string Name { get; init; }

    /// <summary>Heading of the page.</summary>
    public required string Title { get; init; }

    /// <summary>What a click agrees to; empty for nothing.</summary>
    public required string Terms { get; init; }

    /// <summary>Where the page leads after a login, an http or https URL; empty for nowhere.</summary>
    public required string LandingUrl { get; init; }

    /// <summary>How users log in, in the order of the page.</summary>
    public required IReadOnlyList<LoginMethod> Methods { get; init; }

    /// <summary>File of names and password hashes.</summary>
    public required string UsersPath { get; init; }

    /// <summary>File of vouchers.</summary>
    public required string VouchersPath { get; init; }

    /// <summary>Directory of what is kept of vouchers.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>What a session gets where nothing else is said.</summary>
    public required SessionGrant Session { get; init; }

    /// <summary>Most logins a minute that one address tries.</summary>
    public required int AttemptsPerMinute { get; init; }

    /// <summary>Most requests a second of one address.</summary>
    public required int RequestsPerSecond { get; init; }

    /// <summary>RADIUS servers and what is asked of them.</summary>
    public required Radius.RadiusSettings Radius { get; init; }

    /// <summary>Whether HTTPS is served too.</summary>
    public bool IsTls => CertificatePath.Length != 0;
}
