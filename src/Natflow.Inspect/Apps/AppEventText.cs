using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

using Natflow.Core;
using Natflow.Inspect.Catalogue;

namespace Natflow.Inspect.Apps;

/// <summary>DPI events as lines: tab-separated, or JSON.</summary>
/// <remarks>Allocates a little for each line: for writers of files, not for packets.</remarks>
public static class AppEventText
{
    private const long NsPerTick = 100;

    /// <summary><c>time src sport dst dport l4 id name category source from</c>, tab-separated; the last is <c>client</c> or <c>server</c>.</summary>
    public static string ToTsv(in AppEvent appEvent, AppCatalogue catalogue) => string.Join('\t',
        TimeOf(appEvent.TimestampNs), appEvent.Ends.ClientText, appEvent.Ends.ClientPort, appEvent.Ends.ServerText, appEvent.Ends.ServerPort,
        TransportOf(appEvent.Ends.Protocol), appEvent.AppId, catalogue.NameOf(appEvent.AppId), catalogue.CategoryName(appEvent.CategoryId),
        catalogue.SourceName((byte)appEvent.Source), appEvent.IsFromReply ? "server" : "client");

    /// <summary>One JSON object with the same facts.</summary>
    public static string ToJson(in AppEvent appEvent, AppCatalogue catalogue)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", TimeOf(appEvent.TimestampNs));
            json.WriteString("src", appEvent.Ends.ClientText);
            json.WriteNumber("sport", appEvent.Ends.ClientPort);
            json.WriteString("dst", appEvent.Ends.ServerText);
            json.WriteNumber("dport", appEvent.Ends.ServerPort);
            json.WriteString("l4", TransportOf(appEvent.Ends.Protocol));
            json.WriteNumber("id", appEvent.AppId);
            json.WriteString("name", catalogue.NameOf(appEvent.AppId));
            json.WriteString("category", catalogue.CategoryName(appEvent.CategoryId));
            json.WriteString("source", catalogue.SourceName((byte)appEvent.Source));
            json.WriteString("from", appEvent.IsFromReply ? "server" : "client");
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string TransportOf(byte protocol) => protocol == IpProtocol.Tcp ? "tcp" : "udp";

    private static string TimeOf(long timestampNs) =>
        DateTimeOffset.UnixEpoch.AddTicks(timestampNs / NsPerTick).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
