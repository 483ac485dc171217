namespace Natflow.Cluster.Ownership;

/// <summary>Who is to own a shard and who is to stand by; empty names for nobody.</summary>
/// <param name="Owner">Name of a node.</param>
/// <param name="Standby">Name of another.</param>
public readonly record struct ShardPlan(string Owner, string Standby)
{
    /// <summary>For nobody.</summary>
    public static readonly ShardPlan Nobody = new(string.Empty, string.Empty);

    /// <summary>The value of its key.</summary>
    public string ToText() => $"1 {Owner} {Standby}";

    /// <summary>Reads the value of a key; anything else is nobody's.</summary>
    public static ShardPlan Parse(string text)
    {
        string[] parts = text.Split(' ');
        return parts.Length == 3 && parts[0] == "1" ? new ShardPlan(parts[1], parts[2]) : Nobody;
    }
}
