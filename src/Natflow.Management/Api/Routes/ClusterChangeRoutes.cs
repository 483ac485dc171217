using Microsoft.AspNetCore.Http;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;

namespace Natflow.Management.Api.Routes;

/// <summary>The cluster, changed: members join, drain, leave and are put down, by Akka Management's routes and forms and by the gateway's own.</summary>
internal static class ClusterChangeRoutes
{
    private const string Form = "application/x-www-form-urlencoded";
    private const string OperationField = "operation";
    private const string AddressField = "address";

    /// <summary>The routes.</summary>
    internal static IEnumerable<ApiRoute> All(ApiServices services) =>
    [
        new("POST", "/cluster/members", ApiPermission.Administer, "Has a node join: form field address.", context => Join(services, context))
        {
            BodyContentType = Form, Answer = typeof(MessageModel), IsLenient = true,
        },
        new("PUT", "/cluster/members/{**address}", ApiPermission.Administer, "Has a member leave or stop: form field operation = Leave or Down.", context => Operate(services, context))
        {
            BodyContentType = Form, Answer = typeof(MessageModel), IsLenient = true,
        },
        new("DELETE", "/cluster/members/{**address}", ApiPermission.Administer, "Has a member leave.", context => Leave(services, context)) { Answer = typeof(MessageModel), IsLenient = true },
        new("POST", "/api/v1/cluster/nodes/{name}/{wish}", ApiPermission.Administer, "Has a node join, drain, leave or go down.", context => Ask(services, context)) { Answer = typeof(MessageModel) },
        new("POST", "/api/v1/cluster/rebalance", ApiPermission.Administer, "Has the shards dealt anew.", context => Rebalance(services, context)) { Answer = typeof(MessageModel) },
    ];

    private static async Task<IResult> Join(ApiServices services, HttpContext context)
    {
        string? address = await Field(context, AddressField);
        if (address is null)
            return Missing(AddressField);
        string name = ClusterAddresses.NameOf(address);
        return name.Length == 0
            ? Message($"{address} is no address of a node: akka://natflow@NAME:PORT", StatusCodes.Status400BadRequest)
            : await Ask(services, context, name, ClusterWish.Join, $"Joining {address}");
    }

    private static async Task<IResult> Operate(ApiServices services, HttpContext context)
    {
        string address = ClusterAddresses.OfTarget(context);
        string? operation = await Field(context, OperationField);
        if (operation is null)
            return Missing(OperationField);
        if (Find(services, context, address) is not { } member)
            return ClusterAddresses.NotFound(address);
        string name = ClusterAddresses.NameOf(member);
        return operation.ToUpperInvariant() switch
        {
            "LEAVE" => await Ask(services, context, name, ClusterWish.Leave, $"Leaving {member}"),
            "DOWN" => await Ask(services, context, name, ClusterWish.Down, $"Downing {member}"),
            _ => Message("Operation not supported", StatusCodes.Status400BadRequest),
        };
    }

    private static async Task<IResult> Leave(ApiServices services, HttpContext context)
    {
        string address = ClusterAddresses.OfTarget(context);
        return Find(services, context, address) is { } member
            ? await Ask(services, context, ClusterAddresses.NameOf(member), ClusterWish.Leave, $"Leaving {member}")
            : ClusterAddresses.NotFound(address);
    }

    private static Task<IResult> Ask(ApiServices services, HttpContext context)
    {
        string name = context.Request.RouteValues["name"]?.ToString() ?? string.Empty;
        string wish = context.Request.RouteValues["wish"]?.ToString() ?? string.Empty;
        if (!Enum.TryParse(wish, ignoreCase: true, out ClusterWish parsed) || !Enum.IsDefined(parsed) || char.IsAsciiDigit(wish[0]))
            return Task.FromResult(ApiServices.Bad($"'{wish}': join, drain, leave or down is needed"));
        return ClusterAddresses.NameOf($"natflow@{name}:0").Length == 0
            ? Task.FromResult(ApiServices.Bad($"'{name}' is no name of a node"))
            : Ask(services, context, name, parsed, $"{name}: {parsed}");
    }

    private static async Task<IResult> Rebalance(ApiServices services, HttpContext context)
    {
        if (services.Target.Control.Cluster is not { } cluster)
            return Alone();
        string? refusal = await cluster.Rebalance();
        services.Audit.Note(context, "cluster.rebalance", string.Empty, refusal ?? "told");
        return refusal is null ? Message("Rebalancing", StatusCodes.Status200OK) : ProblemAnswer.Of(StatusCodes.Status503ServiceUnavailable, refusal);
    }

    private static async Task<IResult> Ask(ApiServices services, HttpContext context, string name, ClusterWish wish, string message)
    {
        if (services.Target.Control.Cluster is not { } cluster)
            return Alone();
        string? refusal = await cluster.Ask(name, wish);
        services.Audit.Note(context, $"cluster.{wish.ToString().ToLowerInvariant()}", name, refusal ?? "told");
        return refusal is null ? Message(message, StatusCodes.Status200OK) : ProblemAnswer.Of(StatusCodes.Status503ServiceUnavailable, refusal);
    }

    private static string? Find(ApiServices services, HttpContext context, string address) =>
        ClusterRoutes.Cluster(services, context).Members.FirstOrDefault(member => ClusterAddresses.IsSame(member.Node, address))?.Node;

    // Whatever the body is: without the field there is none.
    private static async Task<string?> Field(HttpContext context, string name)
    {
        if (!context.Request.HasFormContentType)
            return null;
        try
        {
            IFormCollection form = await context.Request.ReadFormAsync(context.RequestAborted);
            return form.TryGetValue(name, out Microsoft.Extensions.Primitives.StringValues values) && values.Count == 1 ? values[0] : null;
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            return null;
        }
    }

    private static IResult Missing(string field) => Message($"Request is missing required form field '{field}'", StatusCodes.Status400BadRequest);

    private static IResult Message(string text, int status) => ApiServices.Json(new MessageModel(text), ApiJson.Default.MessageModel, status);

    private static IResult Alone() => ProblemAnswer.Of(StatusCodes.Status409Conflict, "this gateway is alone: cluster.enabled is off");
}
