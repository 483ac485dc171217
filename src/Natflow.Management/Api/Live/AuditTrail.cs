using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Models;

namespace Natflow.Management.Api.Live;

/// <summary>Records of changes: the last ones for the page and the stream, all of them for whoever keeps them. Any thread.</summary>
internal sealed class AuditTrail(ApiTarget target)
{
    private const int Kept = 1000;

    private readonly Lock _lock = new();
    private readonly LinkedList<AuditRecord> _records = [];

    /// <summary>The records as a stream.</summary>
    internal EventRing Ring { get; } = new(Kept);

    /// <summary>Notes what a caller asked for and what became of it.</summary>
    internal void Note(HttpContext context, string action, string subject, string outcome)
    {
        ApiCaller caller = CallerGate.CallerOf(context);
        var record = new AuditRecord(target.Clock.GetUtcNow(), caller.Name, QueryText(caller.Role), caller.From, action, subject, outcome);
        lock (_lock)
        {
            _records.AddFirst(record);
            if (_records.Count > Kept)
                _records.RemoveLast();
        }

        Ring.Add(JsonSerializer.SerializeToUtf8Bytes(record, ApiJson.Default.AuditRecord));
        target.Audit(record);
    }

    /// <summary>Newest first.</summary>
    internal IReadOnlyList<AuditRecord> Find(string? text, int limit)
    {
        lock (_lock)
        {
            return [.. _records
                .Where(record => text is null || $"{record.Who} {record.Action} {record.Subject} {record.Outcome}".Contains(text, StringComparison.OrdinalIgnoreCase))
                .Take(limit)];
        }
    }

    private static string QueryText(ApiRole role) => role.ToString().ToLowerInvariant();
}
