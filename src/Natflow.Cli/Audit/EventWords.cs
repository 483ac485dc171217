using System.Globalization;
using System.Text;
using System.Text.Json;
using Natflow.Journal;
using Natflow.Journal.Audit;

namespace Natflow.Cli.Audit;

/// <summary>An event as a line that a person reads: time, name, and what it says as <c>key=value</c>.</summary>
internal static class EventWords
{
    private const int NameWidth = 22;

    /// <summary>One line, without its end.</summary>
    /// <param name="entry">As read.</param>
    /// <param name="user">The subscriber that was asked for: not repeated in each line.</param>
    internal static string Format(JournalEntry entry, string user)
    {
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"{AuditTime.Text(entry.CreatedTicks)}  {entry.Manifest.Split(':')[0].PadRight(NameWidth)}");
        if (entry.IsErased)
            return line.Append("  erased").ToString();
        try
        {
            using var content = JsonDocument.Parse(entry.Payload);
            Append(line, content.RootElement, user);
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException)
        {
            line.Append("  unreadable; audit replay prints its bytes");
        }

        return line.ToString().TrimEnd();
    }

    private static void Append(StringBuilder line, JsonElement content, string user)
    {
        line.Append(' ');
        foreach (JsonProperty property in content.EnumerateObject())
        {
            bool isRepeated = property.Name == "user" && property.Value.ValueKind == JsonValueKind.String && property.Value.GetString() == user;
            if (!isRepeated && property.Value.ValueKind != JsonValueKind.Null)
                line.Append(CultureInfo.InvariantCulture, $" {Dashed(property.Name)}={Value(property)}");
        }
    }

    private static string Value(JsonProperty property) => property.Value.ValueKind switch
    {
        JsonValueKind.String when property.Value.GetString() is { Length: > 0 } text && text.All(static unit => unit is > ' ' and < (char)127 and not '"') => text,
        JsonValueKind.Number when property.Name == "protocol" && property.Value.TryGetInt32(out int number) => Protocol(number),
        _ => property.Value.GetRawText(),
    };

    private static string Protocol(int number) => number switch
    {
        1 => "icmp",
        6 => "tcp",
        17 => "udp",
        58 => "icmpv6",
        _ => number.ToString(CultureInfo.InvariantCulture),
    };

    private static string Dashed(string name) => string.Concat(name.Select(static unit => char.IsAsciiLetterUpper(unit) ? $"-{char.ToLowerInvariant(unit)}" : unit.ToString()));
}
