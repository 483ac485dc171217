using System.Text.Json;

namespace Natflow.Management.Api.Models;

/// <summary>An event on record.</summary>
/// <param name="Ordering">Its place among all events.</param>
/// <param name="At">When, ISO 8601.</param>
/// <param name="Event">What happened.</param>
/// <param name="Stream">Stream that it belongs to.</param>
/// <param name="Number">Its number there.</param>
/// <param name="Content">What it says; null where it was erased.</param>
public sealed record AuditEventModel(long Ordering, string At, string Event, string Stream, long Number, JsonElement? Content);
