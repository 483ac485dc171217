namespace Natflow.Cluster.Ownership;

/// <summary>
/// Deals shards to nodes by weight and moves as few as that takes: a shard stays where it is while its owner is Up and within its share; one that must move goes
/// to its standby if that has room. Pure: the same view gives the same plan.
/// </summary>
public static class ShardPlanner
{
    /// <summary>Makes a plan.</summary>
    /// <param name="nodes">The nodes; those that are Up and not to be drained get shards.</param>
    /// <param name="draining">Names of nodes that get none.</param>
    /// <param name="owners">Who owns now, by shard.</param>
    /// <param name="plans">The plan of now, by shard.</param>
    /// <returns>The plan, by shard; nobody's where no node is Up.</returns>
    public static ShardPlan[] Plan(IEnumerable<ClusterNode> nodes, IReadOnlySet<string> draining, IReadOnlyList<ShardOwner> owners, IReadOnlyList<ShardPlan> plans)
    {
        ClusterNode[] takers = [.. nodes.Where(node => node.State == NodeState.Up && !draining.Contains(node.Id)).OrderBy(static node => node.Id, StringComparer.Ordinal)];
        var result = new ShardPlan[owners.Count];
        Array.Fill(result, ShardPlan.Nobody);
        if (takers.Length == 0)
            return result;
        string[] current = [.. owners.Select((owner, shard) => plans[shard].Owner.Length != 0 && IsTaker(plans[shard].Owner) ? plans[shard].Owner : owner.Node ?? string.Empty)];
        Dictionary<string, int> quotas = Quotas(takers, owners.Count, current);
        string[] assigned = Assign(quotas, current, plans);
        string[] standbys = Standbys(takers, quotas, assigned, plans, current);
        for (int shard = 0; shard < result.Length; shard++)
            result[shard] = new ShardPlan(assigned[shard], standbys[shard]);
        return result;

        bool IsTaker(string id) => takers.Any(taker => taker.Id == id);
    }

    // Whole shards by weight; what is left over goes to those who hold most, so that nothing moves for it.
    private static Dictionary<string, int> Quotas(ClusterNode[] takers, int shards, string[] current)
    {
        long total = takers.Sum(static taker => (long)taker.Weight);
        var quotas = takers.ToDictionary(static taker => taker.Id, taker => (int)(shards * (long)taker.Weight / total), StringComparer.Ordinal);
        int left = shards - quotas.Values.Sum();
        IEnumerable<string> favourites = takers
            .OrderByDescending(taker => current.Count(id => id == taker.Id) - quotas[taker.Id])
            .ThenByDescending(taker => shards * (long)taker.Weight % total)
            .ThenBy(static taker => taker.Id, StringComparer.Ordinal)
            .Select(static taker => taker.Id);
        foreach (string id in favourites.Take(left).ToArray())
            quotas[id]++;
        return quotas;
    }

    private static string[] Assign(Dictionary<string, int> quotas, string[] current, IReadOnlyList<ShardPlan> plans)
    {
        var room = new Dictionary<string, int>(quotas, StringComparer.Ordinal);
        string[] assigned = new string[current.Length];
        Array.Fill(assigned, string.Empty);
        for (int shard = 0; shard < current.Length; shard++)
            TryGive(shard, current[shard]);
        for (int shard = 0; shard < current.Length; shard++)
            TryGive(shard, plans[shard].Standby);
        for (int shard = 0; shard < current.Length; shard++)
            TryGive(shard, room.OrderByDescending(static pair => pair.Value).ThenBy(static pair => pair.Key, StringComparer.Ordinal).First().Key);
        return assigned;

        void TryGive(int shard, string id)
        {
            if (assigned[shard].Length != 0 || !room.TryGetValue(id, out int free) || free == 0)
                return;
            assigned[shard] = id;
            room[id] = free - 1;
        }
    }

    // A copy that is there is kept. A node's shards are dealt over all others by weight, so that its load falls on all when it dies.
    private static string[] Standbys(ClusterNode[] takers, Dictionary<string, int> quotas, string[] assigned, IReadOnlyList<ShardPlan> plans, string[] current)
    {
        string[] standbys = new string[assigned.Length];
        Array.Fill(standbys, string.Empty);
        if (takers.Length < 2)
            return standbys;
        for (int shard = 0; shard < assigned.Length; shard++)
        {
            foreach (string id in new[] { plans[shard].Standby, current[shard] })
            {
                if (standbys[shard].Length == 0 && id != assigned[shard] && quotas.ContainsKey(id))
                    standbys[shard] = id;
            }
        }

        for (int shard = 0; shard < assigned.Length; shard++)
        {
            if (standbys[shard].Length == 0)
                standbys[shard] = Lightest(takers, assigned, standbys, assigned[shard]);
        }

        Balance(takers, quotas, assigned, standbys);
        return standbys;
    }

    private static string Lightest(ClusterNode[] takers, string[] assigned, string[] standbys, string owner) => takers
        .Where(taker => taker.Id != owner)
        .OrderBy(taker => Pairs(assigned, standbys, owner, taker.Id) / (double)taker.Weight)
        .ThenBy(taker => standbys.Count(id => id == taker.Id) / (double)taker.Weight)
        .ThenBy(static taker => taker.Id, StringComparer.Ordinal)
        .First().Id;

    private static int Pairs(string[] assigned, string[] standbys, string owner, string standby)
    {
        int count = 0;
        for (int shard = 0; shard < assigned.Length; shard++)
            count += assigned[shard] == owner && standbys[shard] == standby ? 1 : 0;
        return count;
    }

    // Ends, for each move brings one node nearer to its share and takes none beyond.
    private static void Balance(ClusterNode[] takers, Dictionary<string, int> quotas, string[] assigned, string[] standbys)
    {
        var load = takers.ToDictionary(static taker => taker.Id, taker => standbys.Count(id => id == taker.Id), StringComparer.Ordinal);
        for (int shard = 0; shard < standbys.Length; shard++)
        {
            string from = standbys[shard];
            if (load[from] <= quotas[from] + 1)
                continue;
            string? to = takers.Select(static taker => taker.Id).FirstOrDefault(id => id != assigned[shard] && load[id] < quotas[id]);
            if (to is null)
                continue;
            standbys[shard] = to;
            load[from]--;
            load[to]++;
        }
    }
}
