using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Models;

namespace Natflow.Management.Api.Routes;

/// <summary>Akka Management's routes, as its tools ask them, read only. A gateway alone is a cluster of one.</summary>
internal static class ClusterRoutes
{
    private const string MembersPath = "/cluster/members/";
    private const string SystemName = "natflow";

    /// <summary>The routes.</summary>
    internal static IEnumerable<ApiRoute> All(ApiServices services) =>
    [
        new("GET", "/cluster/members", ApiPermission.Read, "Members of the cluster.", context => Members(services, context)) { Answer = typeof(ClusterMembersModel), IsLenient = true },
        new("GET", "/cluster/members/{**address}", ApiPermission.Read, "A member of the cluster.", context => Member(services, context)) { Answer = typeof(ClusterMemberModel), IsLenient = true },
        new("GET", "/cluster/shards", ApiPermission.Read, "Types of sharded entities.", static _ =>
            Task.FromResult(ApiServices.Json(new ClusterShardsModel([]), ApiJson.Default.ClusterShardsModel))) { Answer = typeof(ClusterShardsModel), IsLenient = true },
        new("GET", "/cluster/shards/{name}", ApiPermission.Read, "Shards of a type on this node.", static context => Task.FromResult(ApiServices.Json(
            new MessageModel($"Shard Region {context.Request.RouteValues["name"]} is not started"), ApiJson.Default.MessageModel, StatusCodes.Status404NotFound))) { Answer = typeof(MessageModel), IsLenient = true },
        new("GET", "/bootstrap/seed-nodes", ApiPermission.Read, "Nodes that a new one may join.", context => Seeds(services, context)) { Answer = typeof(SeedNodesModel), IsLenient = true },
    ];

    private static Task<IResult> Members(ApiServices services, HttpContext context) => Task.FromResult(ApiServices.Json(Cluster(services, context), ApiJson.Default.ClusterMembersModel));

    // The address is the whole rest of the request target, encoded or not; its double slash must survive, so the path that routing has cleaned is of no use.
    private static Task<IResult> Member(ApiServices services, HttpContext context)
    {
        string target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? string.Empty;
        int start = target.IndexOf(MembersPath, StringComparison.Ordinal);
        int end = target.IndexOf('?', StringComparison.Ordinal);
        string address = start < 0 ? string.Empty : Uri.UnescapeDataString(target[(start + MembersPath.Length)..(end < start ? target.Length : end)]);
        ClusterMembersModel cluster = Cluster(services, context);
        if (address.Length == 0)
            return Members(services, context);
        ClusterMemberModel? member = cluster.Members.FirstOrDefault(one => one.Node == address || one.Node == $"akka://{address}");
        return Task.FromResult(member is null
            ? ApiServices.Json(new MessageModel($"Member [{address}] not found"), ApiJson.Default.MessageModel, StatusCodes.Status404NotFound)
            : ApiServices.Json(member, ApiJson.Default.ClusterMemberModel));
    }

    private static Task<IResult> Seeds(ApiServices services, HttpContext context)
    {
        ClusterMembersModel cluster = Cluster(services, context);
        SeedNodeModel[] seeds = [.. cluster.Members.Where(static member => member.Status is "Up" or "WeaklyUp" or "Joining").Take(5)
            .Select(static member => new SeedNodeModel(member.Node, long.Parse(member.NodeUid, CultureInfo.InvariantCulture), member.Status, member.Roles))];
        return Task.FromResult(ApiServices.Json(new SeedNodesModel(cluster.SelfNode, seeds), ApiJson.Default.SeedNodesModel));
    }

    private static ClusterMembersModel Cluster(ApiServices services, HttpContext context)
    {
        Control.GatewayStatus status = services.Target.Control.Status();
        string self = $"akka://{SystemName}@{Environment.MachineName}:{context.Connection.LocalPort}";
        string state = status.State == "draining" ? "Leaving" : "Up";
        var member = new ClusterMemberModel(self, ((uint)status.StartedAt.ToUnixTimeMilliseconds()).ToString(CultureInfo.InvariantCulture), state, ["gateway"]);
        return new ClusterMembersModel(self, [member], [], self, self, new Dictionary<string, string> { ["gateway"] = self });
    }
}
