using System.Text;
using System.Text.Json;

namespace Natflow.Journal.Audit;

/// <summary>An event as a line of JSON, the way replay and export print it.</summary>
public static class EventLine
{
    /// <summary>One line, without its end.</summary>
    /// <param name="entry">As read.</param>
    public static string Format(JournalEntry entry)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteNumber("ordering", entry.Ordering);
            json.WriteString("at", AuditTime.Text(entry.CreatedTicks));
            json.WriteString("stream", entry.StreamId);
            json.WriteNumber("number", entry.SequenceNr);
            json.WriteString("event", entry.Manifest);
            WriteContent(json, entry);
            json.WriteString("link", Convert.ToHexStringLower(entry.Link));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void WriteContent(Utf8JsonWriter json, JournalEntry entry)
    {
        if (entry.IsErased)
        {
            json.WriteBoolean("erased", value: true);
            return;
        }

        try
        {
            using var content = JsonDocument.Parse(entry.Payload);
            json.WritePropertyName("data");
            content.RootElement.WriteTo(json);
        }
        catch (JsonException)
        {
            json.WriteBase64String("bytes", entry.Payload);
        }
    }
}
