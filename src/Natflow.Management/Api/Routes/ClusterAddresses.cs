using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Natflow.Management.Api.Models;

namespace Natflow.Management.Api.Routes;

/// <summary>Nodes as Akka's tools name them: <c>akka://natflow@NAME:PORT</c>, the port being that of replication.</summary>
internal static class ClusterAddresses
{
    /// <summary>The role of every node.</summary>
    internal const string Role = "gateway";

    private const string Scheme = "akka://";
    private const string SystemName = "natflow";
    private const string MembersPath = "/cluster/members";

    /// <summary>Address of a node.</summary>
    internal static string Of(string name, int port) => string.Create(CultureInfo.InvariantCulture, $"{Scheme}{SystemName}@{name}:{port}");

    /// <summary>Name of the node that an address is of; empty for what is none.</summary>
    internal static string NameOf(string address)
    {
        string rest = address.StartsWith(Scheme, StringComparison.Ordinal) ? address[Scheme.Length..] : address;
        int at = rest.IndexOf('@', StringComparison.Ordinal);
        int colon = rest.LastIndexOf(':');
        return at > 0 && colon > at + 1 && rest[..at] == SystemName && rest[(at + 1)..colon].All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_')
            ? rest[(at + 1)..colon]
            : string.Empty;
    }

    /// <summary>Whether two spellings are of one address.</summary>
    internal static bool IsSame(string address, string spelling) => address == spelling || address == Scheme + spelling;

    /// <summary>The address in a request target: the whole rest of it, encoded or not; its double slash must survive, so the path that routing has cleaned is of no use.</summary>
    internal static string OfTarget(HttpContext context)
    {
        string target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? string.Empty;
        int start = target.IndexOf(MembersPath, StringComparison.Ordinal);
        if (start < 0)
            return string.Empty;
        string rest = target[(start + MembersPath.Length)..];
        int query = rest.IndexOf('?', StringComparison.Ordinal);
        rest = query < 0 ? rest : rest[..query];
        return Uri.UnescapeDataString(rest.StartsWith('/') ? rest[1..] : rest);
    }

    /// <summary>There is no such member.</summary>
    internal static IResult NotFound(string address) =>
        ApiServices.Json(new MessageModel($"Member [{address}] not found"), ApiJson.Default.MessageModel, StatusCodes.Status404NotFound);

    /// <summary>A member in Akka's words.</summary>
    internal static ClusterMemberModel Member(ClusterNodeModel node) => new(Of(node.Name, node.Port), ((ulong)node.Incarnation).ToString(CultureInfo.InvariantCulture), StatusOf(node.State), [Role]);

    /// <summary>The members in Akka's words.</summary>
    internal static ClusterMembersModel Members(ClusterMapModel map)
    {
        ClusterNodeModel? self = map.Nodes.FirstOrDefault(node => node.Name == map.Self);
        string selfNode = Of(map.Self, self?.Port ?? 0);
        string? oldest = Find(map, map.Oldest);
        ClusterUnreachableModel[] lost = [.. map.Nodes.Where(static node => !node.IsReachable).Select(node => new ClusterUnreachableModel(Of(node.Name, node.Port), [selfNode]))];
        return new ClusterMembersModel(
            selfNode, [.. map.Nodes.Select(Member)], lost, Find(map, map.Leader), oldest, oldest is null ? new Dictionary<string, string>() : new Dictionary<string, string> { [Role] = oldest });
    }

    private static string? Find(ClusterMapModel map, string? name) => map.Nodes.FirstOrDefault(node => node.Name == name) is { } found ? Of(found.Name, found.Port) : null;

    private static string StatusOf(string state) => state switch
    {
        "joining" => "Joining",
        "up" or "draining" => "Up",
        "leaving" => "Leaving",
        _ => "Down",
    };
}
