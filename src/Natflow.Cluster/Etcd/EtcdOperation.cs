using System.Text;
using System.Text.Json.Nodes;

namespace Natflow.Cluster.Etcd;

/// <summary>A step of a transaction. A transaction must not write a key twice.</summary>
public sealed record EtcdOperation
{
    private EtcdOperation(string kind, JsonObject body, bool isWrite)
    {
        IsWrite = isWrite;
        Json = new JsonObject { [kind] = body };
    }

    /// <summary>Whether it changes anything.</summary>
    public bool IsWrite { get; }

    internal JsonObject Json { get; }

    /// <summary>Writes a key. Without a lease it is taken off the one that it had.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">Its value, written as UTF-8.</param>
    /// <param name="lease">The lease that it ends with; 0 for none.</param>
    public static EtcdOperation Put(string key, string value, long lease = 0) => new("request_put", PutBody(key, Encoding.UTF8.GetBytes(value), lease), isWrite: true);

    /// <summary>Deletes a key.</summary>
    public static EtcdOperation Delete(string key) => new("request_delete_range", new JsonObject { ["key"] = EtcdJson.Encode(key) }, isWrite: true);

    /// <summary>Reads a key.</summary>
    public static EtcdOperation Get(string key) => new("request_range", new JsonObject { ["key"] = EtcdJson.Encode(key) }, isWrite: false);

    internal static JsonObject PutBody(string key, byte[] value, long lease)
    {
        var body = new JsonObject { ["key"] = EtcdJson.Encode(key), ["value"] = Convert.ToBase64String(value) };
        if (lease != 0)
            body["lease"] = EtcdJson.Number(lease);
        return body;
    }
}
