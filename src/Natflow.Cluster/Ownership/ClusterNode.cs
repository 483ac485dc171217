using System.Globalization;

namespace Natflow.Cluster.Ownership;

/// <summary>A node as it stands in etcd, under its lease.</summary>
/// <param name="Id">Its name.</param>
/// <param name="State">How it takes part.</param>
/// <param name="Weight">Its share of the shards beside others', 1 to 1000.</param>
/// <param name="Lease">Its lease: what it owns is bound to it.</param>
/// <param name="Replication">Where its replication listens, host:port.</param>
/// <param name="Links">Its interfaces' link addresses, where it takes frames of its shards that came to another node: <c>name=hex,name=hex</c>; "-" for none.</param>
public sealed record ClusterNode(string Id, NodeState State, int Weight, long Lease, string Replication, string Links)
{
    private const string Version = "1";

    /// <summary>The value of its key.</summary>
    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"{Version} {(int)State} {Weight} {Lease} {Replication} {Links}");

    /// <summary>Reads the value of a key.</summary>
    /// <returns>Null for what is none, or is of another version.</returns>
    public static ClusterNode? Parse(string id, string text)
    {
        string[] parts = text.Split(' ');
        return parts.Length >= 6 && parts[0] == Version
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int state) && Enum.IsDefined((NodeState)state)
            && int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out int weight) && weight is >= 1 and <= 1000
            && long.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out long lease)
            ? new ClusterNode(id, (NodeState)state, weight, lease, parts[4], parts[5])
            : null;
    }
}
