namespace Natflow.Cluster.Replication;

/// <summary>The highest token seen of each shard: who comes with a smaller one was the owner once, and is refused.</summary>
/// <remarks>Any thread.</remarks>
public sealed class FencingGate
{
    private readonly long[] _highest;

    /// <summary>A gate that has seen none.</summary>
    public FencingGate(int shardCount) => _highest = new long[shardCount];

    /// <summary>Whether a token is the newest; one that is newer becomes it.</summary>
    /// <param name="shard">The shard; one that there is not is refused.</param>
    /// <param name="token">The token.</param>
    public bool TryPass(int shard, long token)
    {
        if ((uint)shard >= (uint)_highest.Length)
            return false;
        long seen = Volatile.Read(ref _highest[shard]);
        while (token > seen)
        {
            long before = Interlocked.CompareExchange(ref _highest[shard], token, seen);
            if (before == seen)
                return true;
            seen = before;
        }

        return token == seen;
    }
}
