using System.Text.Json.Nodes;

namespace Natflow.Cluster.Etcd;

/// <summary>A condition of a transaction.</summary>
public sealed record EtcdCompare
{
    private EtcdCompare(string key, string target, string field, string result, long value)
    {
        Key = key;
        Json = new JsonObject
        {
            ["key"] = EtcdJson.Encode(key),
            ["target"] = target,
            ["result"] = result,
            [field] = EtcdJson.Number(value),
        };
    }

    /// <summary>The key it is about.</summary>
    public string Key { get; }

    internal JsonObject Json { get; }

    /// <summary>The key is not there.</summary>
    public static EtcdCompare Absent(string key) => new(key, "CREATE", "create_revision", "EQUAL", 0);

    /// <summary>The key is there.</summary>
    public static EtcdCompare Present(string key) => new(key, "CREATE", "create_revision", "GREATER", 0);

    /// <summary>The key was not written since: its fencing token still holds.</summary>
    public static EtcdCompare ModRevision(string key, long revision) => new(key, "MOD", "mod_revision", "EQUAL", revision);
}
