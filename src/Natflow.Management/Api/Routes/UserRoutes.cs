using System.Globalization;
using Microsoft.AspNetCore.Http;
using Natflow.Core;
using Natflow.Gateway.Users;
using Natflow.Gateway.Views.Scan;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Lists;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;
using Natflow.Policy;
using Natflow.Policy.Auth;

namespace Natflow.Management.Api.Routes;

/// <summary>Subscribers: the list, one of them; what is done to them is <see cref="UserChanges"/>.</summary>
internal static class UserRoutes
{
    private const string StatusExpected = "active, blocked, none, ok, bypass, required or vip";

    private static readonly ApiParameter ZoneParameter = new("zone", "integer", "Zone of the LAN port, 0 to 65535; default 0.");

    /// <summary>The routes.</summary>
    internal static IEnumerable<ApiRoute> All(ApiServices services)
    {
        var changes = new UserChanges(services);
        return
        [
            new("GET", "/api/v1/users", ApiPermission.Read, "Subscribers.", context => Users(services, context))
            {
                Parameters = ListRoutes.Parameters<UserSort>(
                    new("prefix", "string", "Addresses within a prefix."),
                    new("zone", "integer", "Zone of the LAN port."),
                    new("status", "string", $"{StatusExpected}."),
                    new("search", "string", "Part of a login or MAC, where users are kept.")),
                Answer = typeof(ListModel<SubscriberModel>),
            },
            new("GET", "/api/v1/users/{address}", ApiPermission.Read, "A subscriber.", context => User(services, context))
            {
                Parameters = [ZoneParameter],
                Answer = typeof(SubscriberModel),
            },
            new("PATCH", "/api/v1/users/{address}", ApiPermission.Operate, "Sets a subscriber's status or rates.", changes.Change)
            {
                Parameters = [ZoneParameter],
                Body = typeof(UserChangeModel),
                BodyContentType = "application/json",
                Answer = typeof(SubscriberModel),
            },
            new("POST", "/api/v1/users/{address}/kick", ApiPermission.Operate, "Ends a subscriber's session and flows, and has the rules look at it anew.", changes.Kick)
            {
                Parameters = [ZoneParameter],
                Answer = typeof(KickModel),
            },
            new("POST", "/api/v1/users/kick", ApiPermission.Administer, "The same for every subscriber.", changes.KickAll) { Answer = typeof(KickModel) },
        ];
    }

    /// <summary>A subscriber; null where there is none.</summary>
    internal static async Task<SubscriberModel?> Find(ApiServices services, IpAddress address, ushort zone)
    {
        ControlTarget target = services.Target.Control;
        if (target.Users is { } users)
            return await UserLister.Find(target, users, address, zone);
        if (address.IsIpv6)
            return null;
        UserAnswer answer = await target.Plane.Ask<UserAnswer>(target.Plane.ShardOf((uint)address.Value, zone), new UserRequest((uint)address.Value, zone));
        return answer.User is { } user ? SubscriberModel.Of(user) : null;
    }

    /// <summary>What a change is bound to.</summary>
    internal static string TagOf(SubscriberModel user) => EntityTag.Of($"{user.IsBlocked} {user.User?.Status} {user.RateUp} {user.RateDown}");

    /// <summary>There is none.</summary>
    internal static IResult Unknown(IpAddress address, ushort zone) =>
        ProblemAnswer.Of(StatusCodes.Status404NotFound, $"no subscriber {address} in zone {zone.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>Which subscriber is meant.</summary>
    internal static bool TryRead(HttpContext context, out IpAddress address, out ushort zone, out string? error)
    {
        var query = new QueryReader(context.Request.Query);
        zone = (ushort)query.Whole("zone", 0, ushort.MaxValue, 0);
        string text = $"{context.Request.RouteValues["address"]}";
        bool isAddress = IpAddress.TryParse(text, out address);
        error = query.Error ?? (isAddress ? null : $"address '{text}': an IPv4 or IPv6 address is needed");
        return error is null;
    }

    /// <summary>A status by the API's word.</summary>
    internal static AuthStatus? StatusOf(string? text) => text switch
    {
        "none" => AuthStatus.None,
        "ok" => AuthStatus.Ok,
        "bypass" => AuthStatus.Bypass,
        "required" => AuthStatus.Required,
        "vip" => AuthStatus.Vip,
        "blocked" => AuthStatus.Blocked,
        _ => null,
    };

    private static Task<IResult> Users(ApiServices services, HttpContext context)
    {
        var query = new QueryReader(context.Request.Query);
        (UserSort sort, bool isDescending) = query.Sort(UserSort.Flows);
        (int Limit, int Offset) page = query.Page();
        uint? zone = query.Text("zone") is null ? null : (uint)query.Whole("zone", 0, ushort.MaxValue, 0);
        string? status = query.Text("status");
        if (status is not (null or "active") && StatusOf(status) is null)
            return Task.FromResult(ApiServices.Bad($"status '{status}': {StatusExpected} is needed"));
        if (services.Target.Control.Users is not { } users)
            return Subscribers(services, query, sort, isDescending, page, (ushort?)zone, status);
        bool? isBlocked = status switch { "active" => false, "blocked" => true, _ => null };
        var filter = new BookFilter(query.Net("prefix"), zone, isBlocked is null ? StatusOf(status) : null, isBlocked, query.Text("search"));
        return query.Error is { } error
            ? Task.FromResult(ApiServices.Bad(error))
            : ListRoutes.Answer<SubscriberModel, SubscriberModel>(
                services, $"book {filter} {sort} {isDescending}", page,
                depth => UserLister.Gather(services.Target.Control, users, filter, UserLister.OrderOf(sort), depth, isDescending), static user => user, ApiJson.Default.ListModelSubscriberModel);
    }

    private static Task<IResult> Subscribers(
        ApiServices services, QueryReader query, UserSort sort, bool isDescending, (int Limit, int Offset) page, ushort? zone, string? status)
    {
        Verdict? verdict = status switch { "blocked" => Verdict.Drop, "active" => Verdict.Forward, _ => null };
        var filter = new UserFilter(query.Prefix("prefix"), zone, verdict);
        if (query.Error is { } error)
            return Task.FromResult(ApiServices.Bad(error));
        if (sort > UserSort.Address || query.Text("search") is not null || (status is not null && verdict is null))
            return Task.FromResult(ApiServices.Bad("this gateway keeps no users: sort by flows, blocks, bytes, bytesOut, bytesIn or address, and filter by prefix, zone, active or blocked"));
        var order = (UserOrder)sort;
        return ListRoutes.List<SubscriberView, SubscriberModel>(
            services, $"users {filter} {order}", page, isDescending, range => new UserScanRequest(filter, order, range), SubscriberModel.Of, ApiJson.Default.ListModelSubscriberModel);
    }

    private static async Task<IResult> User(ApiServices services, HttpContext context)
    {
        if (!TryRead(context, out IpAddress address, out ushort zone, out string? error))
            return ApiServices.Bad(error!);
        if (await Find(services, address, zone) is not { } user)
            return Unknown(address, zone);
        IResult? unchanged = EntityTag.Answer(context, TagOf(user));
        return unchanged ?? ApiServices.Json(user, ApiJson.Default.SubscriberModel);
    }
}
