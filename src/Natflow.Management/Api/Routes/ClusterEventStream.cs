using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Natflow.Management.Api.Models;

namespace Natflow.Management.Api.Routes;

/// <summary>Akka Management's stream of what happens to members: first how it is, then each change, and a heartbeat where nothing happens.</summary>
internal static class ClusterEventStream
{
    private const int HeartbeatTurns = 50;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly string[] MemberEvents = ["ClusterDomainEvent", "MemberEvent"];
    private static readonly string[] ReachabilityEvents = ["ClusterDomainEvent", "ReachabilityEvent"];

    /// <summary>Sends until the client leaves or the server ends.</summary>
    internal static async Task<IResult> Send(ApiServices services, HttpContext context)
    {
        string[] wanted = [.. context.Request.Query["type"].Where(static type => !string.IsNullOrEmpty(type)).Select(static type => type!)];
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, services.Stopping);
        try
        {
            context.Response.ContentType = "text/event-stream";
            await Follow(services, context, wanted, end.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            // The client left, or the server ends.
        }

        return Results.Empty;
    }

    /// <summary>What happened between two states, in Akka's words.</summary>
    internal static IEnumerable<(string Type, string[] Parents, JsonObject Payload)> Between(ClusterMembersModel before, ClusterMembersModel after)
    {
        foreach (ClusterMemberModel member in after.Members)
        {
            ClusterMemberModel? known = before.Members.FirstOrDefault(one => one.Node == member.Node && one.NodeUid == member.NodeUid);
            if (known?.Status != member.Status)
                yield return (TypeOf(member.Status), MemberEvents, new JsonObject { ["member"] = Json(member) });
        }

        foreach (ClusterMemberModel member in before.Members.Where(member => !after.Members.Any(one => one.Node == member.Node && one.NodeUid == member.NodeUid)))
            yield return ("MemberRemoved", MemberEvents, new JsonObject { ["member"] = Json(member with { Status = "Removed" }), ["previousStatus"] = member.Status });
        if (before.Leader != after.Leader)
            yield return ("LeaderChanged", ["ClusterDomainEvent"], after.Leader is null ? [] : new JsonObject { ["address"] = after.Leader });
        foreach (ClusterMemberModel member in after.Members)
        {
            bool wasLost = before.Unreachable.Any(lost => lost.Node == member.Node);
            bool isLost = after.Unreachable.Any(lost => lost.Node == member.Node);
            if (wasLost != isLost)
                yield return (isLost ? "UnreachableMember" : "ReachableMember", ReachabilityEvents, new JsonObject { ["member"] = Json(member) });
        }
    }

    private static async Task Follow(ApiServices services, HttpContext context, string[] wanted, CancellationToken end)
    {
        var known = new ClusterMembersModel(string.Empty, [], [], null, null, new Dictionary<string, string>());
        using var timer = new PeriodicTimer(Interval, services.Target.Clock);
        int quiet = 0;
        do
        {
            ClusterMembersModel now = ClusterRoutes.Cluster(services, context);
            foreach ((string type, string[] parents, JsonObject payload) in Between(known, now))
            {
                if (wanted.Length != 0 && !wanted.Contains(type, StringComparer.Ordinal) && !wanted.Intersect(parents, StringComparer.Ordinal).Any())
                    continue;
                payload["type"] = type;
                await Write(context, $"data:{payload.ToJsonString(JsonSerializerOptions.Web)}\nevent:{type}\n\n", end);
                quiet = 0;
            }

            known = now;
            if (++quiet < HeartbeatTurns)
                continue;
            await Write(context, "data:\n\n", end);
            quiet = 0;
        }
        while (await timer.WaitForNextTickAsync(end));
    }

    private static async Task Write(HttpContext context, string text, CancellationToken end)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), end);
        await context.Response.Body.FlushAsync(end);
    }

    private static string TypeOf(string status) => status switch
    {
        "Joining" => "MemberJoined",
        "WeaklyUp" => "MemberWeaklyUp",
        "Leaving" => "MemberLeft",
        "Exiting" => "MemberExited",
        "Down" => "MemberDowned",
        _ => "MemberUp",
    };

    private static JsonObject Json(ClusterMemberModel member) => new()
    {
        ["uniqueAddress"] = new JsonObject { ["address"] = member.Node, ["longUid"] = ulong.Parse(member.NodeUid, CultureInfo.InvariantCulture) },
        ["status"] = member.Status,
        ["roles"] = new JsonArray([.. member.Roles.Select(static role => JsonValue.Create(role))]),
        ["dataCenter"] = "default",
    };
}
