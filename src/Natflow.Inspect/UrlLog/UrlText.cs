using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

using Natflow.Core;
using Natflow.Inspect.Observe;

namespace Natflow.Inspect.UrlLog;

/// <summary>URL records as lines: tab-separated, or JSON.</summary>
/// <remarks>Allocates a little for each line: for writers of files, not for packets.</remarks>
public static class UrlText
{
    private static readonly string[] Actions = ["accept", "drop", "reset", "redirect"];

    private const long NsPerTick = 100;

    /// <summary><c>time kind src sport dst dport mac hits method host uri slot action name-from</c>, tab-separated; <c>-</c> for what is absent.</summary>
    /// <param name="record">The record; its clock counts nanoseconds since 1970.</param>
    /// <param name="text">Its text.</param>
    public static string ToTsv(in UrlRecord record, ReadOnlySpan<byte> text) => string.Join('\t',
        TimeOf(record.TimestampNs), KindOf(record.Kind), AddressOf(record.Source, record.IsIpv6), record.SourcePort, AddressOf(record.Destination, record.IsIpv6),
        record.DestinationPort, MacOf(record.Mac), record.Hits, MethodOf(record.Method), Escape(text[..record.HostBytes]), OrDash(Escape(text[record.HostBytes..])),
        record.AclSlot == UrlVisit.NoSlot ? "-" : record.AclSlot.ToString(CultureInfo.InvariantCulture), ActionOf(record.AclAction), record.IsInferred ? "dns" : "flow");

    /// <summary>One JSON object with the same facts; what is absent is left out.</summary>
    /// <param name="record">The record; its clock counts nanoseconds since 1970.</param>
    /// <param name="text">Its text.</param>
    public static string ToJson(in UrlRecord record, ReadOnlySpan<byte> text)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", TimeOf(record.TimestampNs));
            json.WriteString("kind", KindOf(record.Kind));
            json.WriteString("src", AddressOf(record.Source, record.IsIpv6));
            json.WriteNumber("sport", record.SourcePort);
            json.WriteString("dst", AddressOf(record.Destination, record.IsIpv6));
            json.WriteNumber("dport", record.DestinationPort);
            if (record.Mac != 0) json.WriteString("mac", MacOf(record.Mac));
            json.WriteNumber("hits", record.Hits);
            if (record.Method != UrlMethod.None) json.WriteString("method", MethodOf(record.Method));
            json.WriteString("host", Escape(text[..record.HostBytes]));
            if (record.Kind == ObservationKind.Http) json.WriteString("uri", Escape(text[record.HostBytes..]));
            if (record.AclSlot != UrlVisit.NoSlot) json.WriteNumber("slot", record.AclSlot);
            json.WriteString("action", ActionOf(record.AclAction));
            if (record.IsInferred) json.WriteBoolean("inferred", true);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string TimeOf(long timestampNs) =>
        DateTimeOffset.UnixEpoch.AddTicks(timestampNs / NsPerTick).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string KindOf(ObservationKind kind) => kind switch
    {
        ObservationKind.Http => "http",
        ObservationKind.Quic => "quic",
        _ => "tls",
    };

    private static string AddressOf(Ipv6Address address, bool isIpv6) =>
        new FlowEnds(address, default, 0, 0, 0, isIpv6, 0).ClientText;

    private static string MacOf(ulong mac)
    {
        if (mac == 0)
            return "-";
        string digits = mac.ToString("x12", CultureInfo.InvariantCulture);
        return string.Join(':', Enumerable.Range(0, 6).Select(i => digits.Substring(2 * i, 2)));
    }

    private static string MethodOf(UrlMethod method) => method == UrlMethod.None ? "-" : method.ToString().ToUpperInvariant();

    private static string ActionOf(byte action) => action < Actions.Length ? Actions[action] : action.ToString(CultureInfo.InvariantCulture);

    private static string OrDash(string text) => text.Length == 0 ? "-" : text;

    // Bytes outside 0x21 to 0x7E, and the backslash, are \xHH.
    private static string Escape(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (byte value in bytes)
        {
            if (value is > 0x20 and < 0x7F and not (byte)'\\')
                text.Append((char)value);
            else
                text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
        }

        return text.ToString();
    }
}
