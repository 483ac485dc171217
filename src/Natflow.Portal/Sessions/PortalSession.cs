using Natflow.Policy;
using Natflow.Portal.Logins;

namespace Natflow.Portal.Sessions;

/// <summary>A login that was accepted, as others are told of it. Immutable.</summary>
internal sealed record PortalSession
{
    /// <summary>Number that no other session of any run has.</summary>
    internal required string Id { get; init; }

    /// <summary>The user.</summary>
    internal required ulong UserId { get; init; }

    /// <summary>The address that logged in.</summary>
    internal required IpAddress Address { get; init; }

    /// <summary>Its MAC; 0 where it is not known.</summary>
    internal required ulong Mac { get; init; }

    /// <summary>Name of the user; empty for a click.</summary>
    internal required string Login { get; init; }

    /// <summary>How.</summary>
    internal required LoginMethod Method { get; init; }

    /// <summary>Code of its voucher; empty for none.</summary>
    internal string VoucherCode { get; init; } = "";

    /// <summary>What it may use up.</summary>
    internal required SessionGrant Grant { get; init; }

    /// <summary>What the RADIUS server wants to have back in reports (RFC 2865 section 5.25).</summary>
    internal IReadOnlyList<byte[]> Classes { get; init; } = [];

    /// <summary>Time between reports.</summary>
    internal TimeSpan Interim { get; init; }

    /// <summary>When it began.</summary>
    internal required DateTimeOffset StartedAt { get; init; }
}
