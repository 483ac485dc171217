using System.Text.Json.Serialization;

namespace Natflow.Portal.Captive;

/// <summary>What the API of RFC 8908 says of one client (section 5).</summary>
/// <param name="Captive">Whether it has to log in.</param>
/// <param name="UserPortalUrl">The login page, and the page of the session; null without TLS, for the URL must be https (section 4.1 of the RFC's schema: TLS).</param>
/// <param name="VenueInfoUrl">A page of the place; null for none.</param>
/// <param name="CanExtendSession">Whether a further login makes the session longer.</param>
/// <param name="SecondsRemaining">Of the session; null for no end.</param>
/// <param name="BytesRemaining">Of the session; null for no limit.</param>
public sealed record CaptiveState(
    [property: JsonPropertyName("captive")] bool Captive,
    [property: JsonPropertyName("user-portal-url")] string? UserPortalUrl,
    [property: JsonPropertyName("venue-info-url")] string? VenueInfoUrl,
    [property: JsonPropertyName("can-extend-session")] bool? CanExtendSession,
    [property: JsonPropertyName("seconds-remaining")] long? SecondsRemaining,
    [property: JsonPropertyName("bytes-remaining")] ulong? BytesRemaining);
