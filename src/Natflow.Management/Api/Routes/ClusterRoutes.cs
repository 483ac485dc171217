using System.Globalization;
using Microsoft.AspNetCore.Http;
using Natflow.Gateway.Flow;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Models;

namespace Natflow.Management.Api.Routes;

/// <summary>The cluster, read: its map, and Akka Management's routes as its tools ask them. A gateway alone is a cluster of one.</summary>
internal static class ClusterRoutes
{
    private const string TypeName = "subscribers";
    private const int SeedsMax = 5;

    /// <summary>The routes.</summary>
    internal static IEnumerable<ApiRoute> All(ApiServices services) =>
    [
        new("GET", "/api/v1/cluster", ApiPermission.Read, "Nodes and shards of the cluster.", _ => Map(services)) { Answer = typeof(ClusterMapModel) },
        new("GET", "/cluster/members", ApiPermission.Read, "Members of the cluster.", context => Members(services, context)) { Answer = typeof(ClusterMembersModel), IsLenient = true },
        new("GET", "/cluster/members/{**address}", ApiPermission.Read, "A member of the cluster.", context => Member(services, context)) { Answer = typeof(ClusterMemberModel), IsLenient = true },
        new("GET", "/cluster/shards", ApiPermission.Read, "Types of sharded entities.", _ =>
            Task.FromResult(ApiServices.Json(new ClusterShardsModel(services.Target.Control.Cluster is null ? [] : [TypeName]), ApiJson.Default.ClusterShardsModel))) { Answer = typeof(ClusterShardsModel), IsLenient = true },
        new("GET", "/cluster/shards/{name}", ApiPermission.Read, "Shards of a type on this node.", context => Shards(services, context)) { Answer = typeof(ShardRegionsModel), IsLenient = true },
        new("GET", "/cluster/domain-events", ApiPermission.Read, "What happens to members, as it happens.", context => ClusterEventStream.Send(services, context))
        {
            AnswerContentType = "text/event-stream",
            IsLenient = true,
        },
        new("GET", "/bootstrap/seed-nodes", ApiPermission.Read, "Nodes that a new one may join.", context => Seeds(services, context)) { Answer = typeof(SeedNodesModel), IsLenient = true },
    ];

    /// <summary>Whether this node is a member that takes part; nothing where the gateway is alone.</summary>
    internal static IEnumerable<HealthCheckModel> Checks(ApiServices services)
    {
        if (services.Target.Control.Cluster?.Describe() is not { } map)
            yield break;
        ClusterNodeModel? self = map.Nodes.FirstOrDefault(node => node.Name == map.Self);
        yield return new HealthCheckModel("cluster", self is { State: "up" }, self is null ? "this node is no member" : $"this node is {self.State}, owns {self.Owned} shards");
    }

    /// <summary>The cluster in Akka's words.</summary>
    internal static ClusterMembersModel Cluster(ApiServices services, HttpContext context)
    {
        if (services.Target.Control.Cluster is { } cluster)
            return ClusterAddresses.Members(cluster.Describe());
        Control.GatewayStatus status = services.Target.Control.Status();
        string self = ClusterAddresses.Of(Environment.MachineName, context.Connection.LocalPort);
        string state = status.State == "draining" ? "Leaving" : "Up";
        var member = new ClusterMemberModel(self, ((uint)status.StartedAt.ToUnixTimeMilliseconds()).ToString(CultureInfo.InvariantCulture), state, [ClusterAddresses.Role]);
        return new ClusterMembersModel(self, [member], [], self, self, new Dictionary<string, string> { [ClusterAddresses.Role] = self });
    }

    private static Task<IResult> Map(ApiServices services) => Task.FromResult(services.Target.Control.Cluster is { } cluster
        ? ApiServices.Json(cluster.Describe(), ApiJson.Default.ClusterMapModel)
        : Control.ProblemAnswer.Of(StatusCodes.Status404NotFound, "this gateway is alone: cluster.enabled is off"));

    private static Task<IResult> Members(ApiServices services, HttpContext context) => Task.FromResult(ApiServices.Json(Cluster(services, context), ApiJson.Default.ClusterMembersModel));

    private static Task<IResult> Member(ApiServices services, HttpContext context)
    {
        string address = ClusterAddresses.OfTarget(context);
        if (address.Length == 0)
            return Members(services, context);
        return Task.FromResult(Cluster(services, context).Members.FirstOrDefault(one => ClusterAddresses.IsSame(one.Node, address)) is { } member
            ? ApiServices.Json(member, ApiJson.Default.ClusterMemberModel)
            : ClusterAddresses.NotFound(address));
    }

    private static async Task<IResult> Shards(ApiServices services, HttpContext context)
    {
        string name = context.Request.RouteValues["name"]?.ToString() ?? string.Empty;
        if (name != TypeName || services.Target.Control.Cluster is not { } cluster)
            return ApiServices.Json(new MessageModel($"Shard Region {name} is not started"), ApiJson.Default.MessageModel, StatusCodes.Status404NotFound);
        ClusterMapModel map = cluster.Describe();
        IReadOnlyList<ShardReport> shards = (await services.Target.Control.Plane.Report()).Shards;
        ShardRegionModel[] regions = [.. map.Shards.Where(shard => shard.Owner == map.Self).Select(shard =>
            new ShardRegionModel(shard.Shard.ToString(CultureInfo.InvariantCulture), shards.FirstOrDefault(report => report.ShardIndex == shard.Shard)?.UserCount ?? 0))];
        return ApiServices.Json(new ShardRegionsModel(regions), ApiJson.Default.ShardRegionsModel);
    }

    private static Task<IResult> Seeds(ApiServices services, HttpContext context)
    {
        ClusterMembersModel cluster = Cluster(services, context);
        SeedNodeModel[] seeds = [.. cluster.Members.Where(static member => member.Status is "Up" or "WeaklyUp" or "Joining").Take(SeedsMax)
            .Select(static member => new SeedNodeModel(member.Node, long.Parse(member.NodeUid, CultureInfo.InvariantCulture), member.Status, member.Roles))];
        return Task.FromResult(ApiServices.Json(new SeedNodesModel(cluster.SelfNode, seeds), ApiJson.Default.SeedNodesModel));
    }
}
