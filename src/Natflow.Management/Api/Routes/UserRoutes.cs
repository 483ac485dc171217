using System.Buffers.Binary;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Flows.Users;
using Natflow.Gateway.Flow;
using Natflow.Gateway.Views.Scan;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Lists;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;

namespace Natflow.Management.Api.Routes;

/// <summary>Subscribers: the list, one of them, blocking and limits.</summary>
internal static class UserRoutes
{
    private static readonly ApiParameter ZoneParameter = new("zone", "integer", "Zone of the LAN port, 0 to 65535; default 0.");

    /// <summary>The routes.</summary>
    internal static IEnumerable<ApiRoute> All(ApiServices services) =>
    [
        new("GET", "/api/v1/users", ApiPermission.Read, "Subscribers.", context => Users(services, context))
        {
            Parameters = ListRoutes.Parameters<UserOrder>(
                new("prefix", "string", "LAN addresses within an IPv4 prefix."),
                new("zone", "integer", "Zone of the LAN port."),
                new("status", "string", "active or blocked.")),
            Answer = typeof(ListModel<SubscriberModel>),
        },
        new("GET", "/api/v1/users/{address}", ApiPermission.Read, "A subscriber.", context => User(services, context))
        {
            Parameters = [ZoneParameter],
            Answer = typeof(SubscriberModel),
        },
        new("PATCH", "/api/v1/users/{address}", ApiPermission.Operate, "Blocks or unblocks a subscriber, or sets its rates.", context => Change(services, context))
        {
            Parameters = [ZoneParameter],
            Body = typeof(UserChangeModel),
            BodyContentType = "application/json",
            Answer = typeof(SubscriberModel),
        },
    ];

    private static Task<IResult> Users(ApiServices services, HttpContext context)
    {
        var query = new QueryReader(context.Request.Query);
        var filter = new UserFilter(query.Prefix("prefix"), query.Text("zone") is null ? null : (ushort)query.Whole("zone", 0, ushort.MaxValue, 0));
        (UserOrder order, bool isDescending) = query.Sort(UserOrder.Flows);
        (int Limit, int Offset) page = query.Page();
        string? status = query.Text("status");
        if (query.Error is { } error)
            return Task.FromResult(ApiServices.Bad(error));
        if (status is not (null or "active" or "blocked"))
            return Task.FromResult(ApiServices.Bad($"status '{status}': active or blocked is needed"));
        UserFilter wanted = status is null ? filter : filter with { Verdict = status == "blocked" ? Verdict.Drop : Verdict.Forward };
        return ListRoutes.List<SubscriberView, SubscriberModel>(
            services, $"users {wanted} {order}", page, isDescending, range => new UserScanRequest(wanted, order, range), SubscriberModel.Of, ApiJson.Default.ListModelSubscriberModel);
    }

    private static async Task<IResult> User(ApiServices services, HttpContext context)
    {
        if (!TryRead(context, out uint address, out ushort zone, out string? error))
            return ApiServices.Bad(error!);
        if (await Find(services, address, zone) is not { } user)
            return Unknown(address, zone);
        IResult? unchanged = EntityTag.Answer(context, TagOf(user));
        return unchanged ?? ApiServices.Json(user, ApiJson.Default.SubscriberModel);
    }

    private static async Task<IResult> Change(ApiServices services, HttpContext context)
    {
        if (!TryRead(context, out uint address, out ushort zone, out string? error))
            return ApiServices.Bad(error!);
        (UserChangeModel? change, string? mistake) = await ApiServices.Read(context, ApiJson.Default.UserChangeModel);
        if (change is null)
            return ApiServices.Bad(mistake!);
        if (change is { IsBlocked: null, RateUp: null, RateDown: null })
            return ApiServices.Bad("body: isBlocked, rateUp or rateDown is needed");
        if ((change.RateUp is null) != (change.RateDown is null))
            return ApiServices.Bad("body: rateUp and rateDown go together");
        var limits = new PolicyLimits(change.RateUp ?? 0, change.RateDown ?? 0, TimeSpan.FromMilliseconds(change.BurstMs ?? PolicyLimits.None.Burst.TotalMilliseconds));
        if (!limits.IsValid)
            return ApiServices.Bad($"body: rates are 0 or {PolicyLimits.RateMin} to {PolicyLimits.RateMax} bit/s, the burst 2 to 60000 ms");
        if (await Find(services, address, zone) is not { } user)
            return Unknown(address, zone);
        if (EntityTag.Conflict(context, TagOf(user)) is { } conflict)
            return conflict;

        await Apply(services, context, change, limits, address, zone);
        return await Find(services, address, zone) is { } changed ? ApiServices.Json(changed, ApiJson.Default.SubscriberModel) : Unknown(address, zone);
    }

    private static async Task Apply(ApiServices services, HttpContext context, UserChangeModel change, PolicyLimits limits, uint address, ushort zone)
    {
        Gateway.DataPlane plane = services.Target.Control.Plane;
        int shard = plane.ShardOf(address, zone);
        string subject = string.Create(CultureInfo.InvariantCulture, $"{Ipv4Prefix.ToText(address)} zone {zone}");
        if (change.IsBlocked is { } isBlocked)
        {
            var request = new UserVerdictRequest(BinaryPrimitives.ReverseEndianness(address), zone, isBlocked ? Verdict.Drop : Verdict.Forward);
            UserVerdictAnswer answer = await plane.Ask<UserVerdictAnswer>(shard, request);
            services.Audit.Note(context, isBlocked ? "user.block" : "user.unblock", subject, answer.IsKnown ? "done" : "the subscriber has gone");
        }

        if (change.RateUp is not null)
        {
            UserLimitAnswer answer = await plane.Ask<UserLimitAnswer>(shard, new UserLimitRequest(MappedAddress.Of(address), zone, limits));
            services.Audit.Note(context, "user.limit", $"{subject}: up {limits.UpBitsPerSecond} down {limits.DownBitsPerSecond} bit/s", answer.IsKnown ? "done" : "the subscriber has gone");
        }
    }

    private static async Task<SubscriberModel?> Find(ApiServices services, uint address, ushort zone)
    {
        var view = await services.Target.Control.Plane.Ask<UserAnswer>(services.Target.Control.Plane.ShardOf(address, zone), new UserRequest(address, zone));
        return view.User is { } user ? SubscriberModel.Of(user) : null;
    }

    private static string TagOf(SubscriberModel user) => EntityTag.Of($"{user.IsBlocked} {user.RateUp} {user.RateDown}");

    private static IResult Unknown(uint address, ushort zone) =>
        ProblemAnswer.Of(StatusCodes.Status404NotFound, $"no subscriber {Ipv4Prefix.ToText(address)} in zone {zone}");

    private static bool TryRead(HttpContext context, out uint address, out ushort zone, out string? error)
    {
        var query = new QueryReader(context.Request.Query);
        zone = (ushort)query.Whole("zone", 0, ushort.MaxValue, 0);
        string text = $"{context.Request.RouteValues["address"]}";
        bool isAddress = Ipv4Prefix.TryParseAddress(text, out address);
        error = query.Error ?? (isAddress ? null : $"address '{text}': an IPv4 address is needed");
        return error is null;
    }
}
