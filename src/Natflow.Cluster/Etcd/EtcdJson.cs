using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Natflow.Cluster.Etcd;

/// <summary>The JSON of etcd's gateway: keys and values in base64, 64-bit numbers as strings, what is zero left out.</summary>
internal static class EtcdJson
{
    internal static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    internal static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    internal static JsonArray List(IEnumerable<JsonObject> items) => new([.. items.Select(static item => item.DeepClone())]);

    /// <summary>The end of the range of all keys with a prefix: its last byte and one more.</summary>
    internal static string PrefixEnd(string prefix)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(prefix);
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            if (bytes[i] == byte.MaxValue)
                continue;
            bytes[i]++;
            return Convert.ToBase64String(bytes.AsSpan(0, i + 1));
        }

        return "AA=="; // Every key.
    }

    internal static JsonElement? Child(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement child) ? child : null;

    internal static long Long(JsonElement element, string name) => Child(element, name) switch
    {
        { ValueKind: JsonValueKind.String } text when long.TryParse(text.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) => value,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out long value) => value,
        _ => 0,
    };

    internal static bool Bool(JsonElement element, string name) => Child(element, name) is { ValueKind: JsonValueKind.True };

    internal static string Text(JsonElement element, string name) =>
        Child(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() ?? string.Empty : string.Empty;

    internal static IEnumerable<JsonElement> Items(JsonElement element, string name) =>
        Child(element, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : Enumerable.Empty<JsonElement>();

    internal static long Revision(JsonElement answer) => Child(answer, "header") is { } header ? Long(header, "revision") : 0;

    /// <summary>Reads a key; any JSON gives one.</summary>
    internal static EtcdKeyValue KeyValue(JsonElement item) => new(
        Encoding.UTF8.GetString(Bytes(item, "key")), Bytes(item, "value"), Long(item, "create_revision"), Long(item, "mod_revision"), Long(item, "lease"));

    internal static EtcdRangeResult Range(JsonElement answer, long revision) =>
        new(revision, [.. Items(answer, "kvs").Select(KeyValue)], Bool(answer, "more"));

    internal static EtcdTransactionResult Transaction(JsonElement answer) => new(
        Bool(answer, "succeeded"),
        Revision(answer),
        [.. Items(answer, "responses").Select(static response => Child(response, "response_range")).OfType<JsonElement>().SelectMany(static range => Items(range, "kvs")).Select(KeyValue)]);

    private static byte[] Bytes(JsonElement element, string name)
    {
        string text = Text(element, name);
        byte[] bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out int length) ? bytes[..length] : [];
    }
}
