using System.Text.Json.Nodes;
using Natflow.Management.Api.Access;

namespace Natflow.Management.Tests.Api;

/// <summary>All that a request may change, by name, as an admin reads it.</summary>
internal static class ApiState
{
    private static readonly string[] Tables = ["qos", "zones", "auth-rules", "acl", "sets", "port-forwards"];

    internal static async Task<Dictionary<string, string>> Read(ApiRig rig, HttpClient admin, OperatorFile file, FakeCluster cluster)
    {
        var state = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["configuration"] = file.Text,
            ["reloads"] = $"{rig.Gateway.ReloadCount}",
            ["wishes"] = string.Join(' ', cluster.Wishes),
        };
        foreach (string table in Tables)
            state[table] = await admin.GetStringAsync($"/api/v1/{table}");
        JsonNode user = JsonNode.Parse(await admin.GetStringAsync("/api/v1/users/10.0.0.10"))!;
        state["user"] = $"{user["isBlocked"]} {user["rateUp"]} {user["rateDown"]} {user["user"]?["status"]} {user["user"]?["limitUp"]} {user["user"]?["limitDown"]}";
        return state;
    }

    /// <summary>Names of what differs.</summary>
    internal static string[] Changed(Dictionary<string, string> before, Dictionary<string, string> after) => [.. before.Keys.Where(name => before[name] != after[name])];

    /// <summary>What a mutation may touch; by hand, not by the product's own tables.</summary>
    internal static string[] TouchedBy(string method, string path) => (method, path) switch
    {
        ("get" or "head", _) => [],
        (_, "/api/v1/configuration/validate") => [],
        (_, "/api/v1/configuration") => ["configuration", "sets", "port-forwards"],
        (_, "/api/v1/sets") => ["sets", "configuration"],
        (_, "/api/v1/port-forwards") => ["port-forwards", "configuration"],
        (_, "/api/v1/reload") => ["reloads"],
        (_, "/api/v1/auth-rules" or "/api/v1/zones") => [path["/api/v1/".Length..], "user"],
        (_, "/api/v1/qos" or "/api/v1/acl") => [path["/api/v1/".Length..]],
        _ when path.StartsWith("/api/v1/users", StringComparison.Ordinal) => ["user"],
        _ when path.StartsWith("/cluster/", StringComparison.Ordinal) || path.StartsWith("/api/v1/cluster/", StringComparison.Ordinal) => ["wishes"],
        _ => [],
    };

    /// <summary>Whether a role may; by hand, too.</summary>
    internal static bool May(ApiRole role, string permission) => permission switch
    {
        "public" => true,
        "read" => role != ApiRole.None,
        "audit" => role is ApiRole.Auditor or ApiRole.Admin,
        "operate" => role is ApiRole.Operator or ApiRole.Admin,
        _ => role == ApiRole.Admin,
    };
}
