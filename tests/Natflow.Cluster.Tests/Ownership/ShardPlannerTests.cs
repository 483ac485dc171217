using Natflow.Cluster.Ownership;
using Natflow.Testing;

namespace Natflow.Cluster.Tests.Ownership;

/// <summary>Plans are fair, and move no more than they must.</summary>
public sealed class ShardPlannerTests
{
    private const int Shards = 64;

    [Fact]
    public void Plan_AnySequenceOfNodes_IsFairAndMovesLittle()
    {
        for (int seed = 1; seed <= 300; seed++)
        {
            var prng = new Prng(seed);
            var nodes = new List<ClusterNode>();
            ShardPlan[] plan = [.. Enumerable.Repeat(ShardPlan.Nobody, Shards)];
            for (int step = 0; step < 20; step++)
            {
                Change(prng, nodes);
                ShardPlan[] next = ShardPlanner.Plan(nodes, new HashSet<string>(), new ShardOwner[Shards], plan);
                Check(nodes, plan, next, $"seed {seed}, step {step}");
                Assert.Equal(next, ShardPlanner.Plan(nodes, new HashSet<string>(), new ShardOwner[Shards], next)); // At rest.
                plan = next;
            }
        }
    }

    [Fact]
    public void Plan_OneOfFourDies_OnlyItsShardsMoveAndToTheirStandbys()
    {
        ClusterNode[] nodes = [.. Enumerable.Range(0, 4).Select(static i => Node($"n{i}"))];
        ShardPlan[] before = ShardPlanner.Plan(nodes, new HashSet<string>(), new ShardOwner[Shards], [.. Enumerable.Repeat(ShardPlan.Nobody, Shards)]);
        ShardPlan[] after = ShardPlanner.Plan(nodes[1..], new HashSet<string>(), new ShardOwner[Shards], before);
        int moved = before.Zip(after).Count(static pair => pair.First.Owner != pair.Second.Owner);
        Assert.Equal(16, moved);
        Assert.True(before.Zip(after).Count(static pair => pair.First.Owner == "n0" && pair.Second.Owner == pair.First.Standby) >= 15);
    }

    [Fact]
    public void Plan_Draining_GetsNothing()
    {
        ClusterNode[] nodes = [Node("a"), Node("b")];
        ShardPlan[] plan = ShardPlanner.Plan(nodes, new HashSet<string> { "a" }, new ShardOwner[Shards], [.. Enumerable.Repeat(new ShardPlan("a", "b"), Shards)]);
        Assert.All(plan, static item => Assert.Equal("b", item.Owner));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2 1 100 5 r t")]
    [InlineData("1 9 100 5 r t")]
    [InlineData("1 1 0 5 r t")]
    [InlineData("1 1 100 x r t")]
    public void Parse_NoNode_IsNull(string text) => Assert.Null(ClusterNode.Parse("a", text));

    [Fact]
    public void Parse_ItsOwnText_IsTheSame() => Assert.Equal(Node("a"), ClusterNode.Parse("a", Node("a").ToText()));

    private static ClusterNode Node(string id, int weight = 100) => new(id, NodeState.Up, weight, 5, "r:1", "t:2");

    private static void Change(Prng prng, List<ClusterNode> nodes)
    {
        if (nodes.Count > 1 && prng.Next(3) == 0)
            nodes.RemoveAt(prng.Next(nodes.Count));
        string id = $"n{prng.Next(10)}";
        if (nodes.All(node => node.Id != id))
            nodes.Add(Node(id, 50 + (50 * prng.Next(4))));
    }

    private static void Check(List<ClusterNode> nodes, ShardPlan[] before, ShardPlan[] after, string where)
    {
        double total = nodes.Sum(static node => node.Weight);
        foreach (ClusterNode node in nodes)
        {
            int held = after.Count(item => item.Owner == node.Id);
            double share = Shards * node.Weight / total;
            Assert.True(Math.Abs(held - share) <= nodes.Count, $"{where}: {node.Id} holds {held}, its share is {share}");
            // A shard moves only from a node that is gone or had more than its share.
            int lost = before.Zip(after).Count(pair => pair.First.Owner == node.Id && pair.Second.Owner != node.Id);
            int had = before.Count(item => item.Owner == node.Id);
            Assert.True(lost == Math.Max(0, had - held), $"{where}: {node.Id} had {had}, holds {held}, lost {lost}");
        }

        Assert.All(after, item => Assert.True(nodes.Count < 2 ? item.Standby.Length == 0 : item.Standby.Length != 0 && item.Standby != item.Owner, where));
        Assert.True(nodes.All(node => after.Any(item => item.Owner == node.Id)) || nodes.Count > Shards, where);
    }
}
