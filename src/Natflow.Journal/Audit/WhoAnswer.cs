using System.Text.Json;

namespace Natflow.Journal.Audit;

/// <summary>Who had a public endpoint.</summary>
/// <param name="Public">The address.</param>
/// <param name="Port">The port.</param>
/// <param name="At">When, ISO 8601.</param>
/// <param name="User">Inside address; null for nobody.</param>
/// <param name="Zone">Its zone.</param>
/// <param name="FirstPort">First port of what it held.</param>
/// <param name="PortCount">Ports of what it held.</param>
/// <param name="Since">Since when it held them, or null where that is not on record any more.</param>
/// <param name="Until">Until when, or null if it still does.</param>
/// <param name="Basis">port-block, snapshot, deterministic or none: what the answer rests on.</param>
/// <param name="Event">Stream and number of the event that it rests on, or null.</param>
public sealed record WhoAnswer(
    string Public, int Port, string At, string? User, int Zone, int FirstPort, int PortCount, string? Since, string? Until, string Basis, string? Event)
{
    /// <summary>Who got it within the hour after, where nobody had it; else null.</summary>
    public string? NextUser { get; init; }

    /// <summary>When that was; null for nobody.</summary>
    public string? NextSince { get; init; }

    /// <summary>Link address of the user at that time; null where it is not on record.</summary>
    public string? Mac { get; init; }

    /// <summary>Name that it was logged in by at that time; null for none.</summary>
    public string? Login { get; init; }

    /// <summary>One JSON object.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, StateJson.Default.WhoAnswer);
}
