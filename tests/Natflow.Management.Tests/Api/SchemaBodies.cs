using System.Text.Json.Nodes;
using Natflow.Testing;

namespace Natflow.Management.Tests.Api;

/// <summary>Bodies that a schema of the OpenAPI document allows: mostly sensible by the names of their members, sometimes wild, sometimes broken. From a seed.</summary>
internal sealed class SchemaBodies(JsonNode document, Prng prng)
{
    private const int DepthMax = 6;

    private static readonly Dictionary<string, string[]> Words = new(StringComparer.Ordinal)
    {
        ["mode"] = ["police", "mark"],
        ["protocol"] = ["tcp", "udp"],
        ["kind"] = ["lan", "wan"],
        ["interface"] = ["lan0", "lan+", "wan0"],
        ["type"] = ["auto", "web"],
        ["action"] = ["accept", "drop", "reset", "redirect"],
        ["default"] = ["accept", "drop"],
        ["host"] = ["ads.example", "games.example", "good.example"],
        ["name"] = ["guests", "staff", "a.b"],
        ["entries"] = ["10.1.0.0/16", "fd00:1::/64", "10.0.0.1-10.0.0.9", "02:00:00:00:00:01"],
        ["to"] = ["192.168.1.5", "10.0.0.10"],
        ["portalIpv4"] = ["10.9.9.9"],
        ["portalIpv6"] = ["::", "fd00::1"],
        ["status"] = ["vip", "blocked", "none", "ok", "bypass"],
        ["user"] = ["10.0.0.0/24", "10.0.0.10", ""],
        ["remote"] = ["198.51.100.0/24", ""],
        ["userPort"] = ["", "1000-2000"],
        ["remotePort"] = ["", "443"],
    };

    private static readonly Dictionary<string, long[]> Numbers = new(StringComparer.Ordinal)
    {
        ["port"] = [443, 8443, 65_535],
        ["toPort"] = [443, 80],
        ["zone"] = [0, 1],
        ["id"] = [1, 2, 7],
        ["slot"] = [0, 1, 63],
        ["rateUp"] = [0, 8000, 1_000_000],
        ["rateDown"] = [0, 8000, 1_000_000],
        ["burstMs"] = [50, 100],
        ["idleSeconds"] = [600],
        ["httpsPort"] = [443],
    };

    private static readonly string[] WildWords = ["", "x", "10.0.0.300", "a,b", "a\nb", "${x}", "\"", "\u0000", "💩", "natflow.nat.ports = 1", new('y', 5000)];
    private static readonly long[] WildNumbers = [-1, 0, 1, 65_536, int.MaxValue, long.MaxValue, long.MinValue];

    /// <summary>A body for a schema.</summary>
    internal string Next(JsonNode schema) => prng.Next(12) == 0 ? Broken() : Value(schema, string.Empty, prng.Next(4) == 0, 0)?.ToJsonString() ?? "null";

    private string Broken() => Pick<string>(["", "{", "[]", "null", "7", "{\"rules\":null}", "{\"sets\":[null]}", "{\"a\":"]);

    private JsonNode? Value(JsonNode schema, string name, bool isWild, int depth)
    {
        schema = Resolve(schema);
        if (schema["enum"] is JsonArray values)
            return values[prng.Next(values.Count)]?.DeepClone();
        string[] types = schema["type"] switch
        {
            JsonArray several => [.. several.Select(static one => one!.GetValue<string>())],
            JsonValue one => [one.GetValue<string>()],
            _ => ["object"],
        };
        if (types.Contains("null") && (depth > DepthMax || prng.Next(3) == 0))
            return null;
        return types.First(static type => type != "null") switch
        {
            "object" => Members(schema, isWild, depth),
            "array" => new JsonArray([.. Enumerable.Range(0, depth > DepthMax ? 0 : prng.Next(3)).Select(_ => Value(schema["items"]!, name, isWild, depth + 1))]),
            "boolean" => prng.Next(2) == 0,
            "integer" or "number" => isWild && prng.Next(3) == 0 ? Pick(WildNumbers) : Pick(Numbers.GetValueOrDefault(name, [0, 1])),
            _ => isWild && prng.Next(3) == 0 ? Pick(WildWords) : Pick(Words.GetValueOrDefault(name, [""])),
        };
    }

    private JsonObject Members(JsonNode schema, bool isWild, int depth)
    {
        var members = new JsonObject();
        if (schema["properties"] is not JsonObject properties)
            return members;
        foreach ((string name, JsonNode? member) in properties)
        {
            bool isRequired = schema["required"] is JsonArray required && required.Any(one => one!.GetValue<string>() == name);
            if (isRequired ? !isWild || prng.Next(8) != 0 : prng.Next(2) == 0)
                members[name] = Value(member!, name, isWild, depth + 1);
        }

        return members;
    }

    private JsonNode Resolve(JsonNode schema)
    {
        for (int i = 0; i < DepthMax && schema is JsonObject && schema["$ref"]?.GetValue<string>() is { } reference; i++)
            schema = reference.TrimStart('#', '/').Split('/').Aggregate(document, static (node, part) => node is JsonArray array ? array[int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)]! : node[part]!);
        return schema is JsonObject ? schema : new JsonObject();
    }

    private T Pick<T>(T[] values) => values[prng.Next(values.Length)];
}
