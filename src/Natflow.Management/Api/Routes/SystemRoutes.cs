using System.Globalization;
using Microsoft.AspNetCore.Http;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Lists;
using Natflow.Management.Api.Live;
using Natflow.Management.Api.Metrics;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;

namespace Natflow.Management.Api.Routes;

/// <summary>The gateway as a whole: status, counters, offload, history, health, metrics, streams.</summary>
internal static class SystemRoutes
{
    private const int HistorySecondsMax = 600;

    /// <summary>The routes.</summary>
    internal static IEnumerable<ApiRoute> All(ApiServices services, MetricsText metrics) =>
    [
        new("GET", "/api/v1/session", ApiPermission.Read, "Who the caller is.", context => Session(services, context)) { Answer = typeof(SessionModel) },
        new("GET", "/api/v1/status", ApiPermission.Read, "The gateway, its ports and notes.", _ =>
            Task.FromResult(ApiServices.Json(services.Target.Control.Status(), ApiJson.Default.GatewayStatus))) { Answer = typeof(GatewayStatus) },
        new("GET", "/api/v1/counters", ApiPermission.Read, "Everything that was counted, drops by reason included.", _ => Counters(services)) { Answer = typeof(CountersModel) },
        new("GET", "/api/v1/offload", ApiPermission.Read, "The PPE, and flows by reason.", _ => Offload(services)) { Answer = typeof(OffloadModel) },
        new("GET", "/api/v1/history", ApiPermission.Read, "The seconds before now.", context => History(services, context))
        {
            Parameters = [new("seconds", "integer", "1 to 600; default 600.")],
            Answer = typeof(HistoryModel),
        },
        new("GET", "/api/v1/health", ApiPermission.Read, "Health of each part.", _ =>
            Task.FromResult(ApiServices.Json(Health(services), ApiJson.Default.HealthModel))) { Answer = typeof(HealthModel) },
        new("GET", "/api/v1/streams/overview", ApiPermission.Read, "The gateway's figures, an event a second.", context => Stream(services, context, services.Sampler.Ring))
        {
            AnswerContentType = "text/event-stream",
        },
        new("GET", "/api/v1/streams/audit", ApiPermission.Audit, "Changes as they happen.", context => Stream(services, context, services.Audit.Ring))
        {
            AnswerContentType = "text/event-stream",
        },
        new("GET", "/api/v1/streams/urls", ApiPermission.Audit, "What subscribers visit, an event a record of the URL log.", context => Stream(services, context, services.Visits))
        {
            AnswerContentType = "text/event-stream",
        },
        new("GET", "/api/v1/streams/apps", ApiPermission.Audit, "What flows are recognised as.", context => Stream(services, context, services.Apps))
        {
            AnswerContentType = "text/event-stream",
        },
        new("GET", "/api/v1/inspection", ApiPermission.Read, "What inspection counted.", async _ =>
            ApiServices.Json(InspectionModel.Of(await services.Target.Control.Plane.ReportInspection(), services.Target.Control.DomainLists()), ApiJson.Default.InspectionModel)) { Answer = typeof(InspectionModel) },
        new("GET", "/metrics", ApiPermission.Read, "Figures in Prometheus' text format.", _ => Task.FromResult(Results.Text(metrics.Write(), MetricsText.ContentType)))
        {
            AnswerContentType = "text/plain",
        },
        new("GET", "/ready", ApiPermission.Public, "Whether the gateway forwards.", _ => Task.FromResult(Ready(services))) { AnswerContentType = "text/plain" },
        new("GET", "/alive", ApiPermission.Public, "Whether the process answers.", static _ => Task.FromResult(Results.Text("OK"))) { AnswerContentType = "text/plain" },
        new("GET", "/startup", ApiPermission.Public, "Whether the gateway has started.", _ => Task.FromResult(Ready(services))) { AnswerContentType = "text/plain" },
    ];

    /// <summary>Sends a ring to the caller.</summary>
    internal static async Task<IResult> Stream(ApiServices services, HttpContext context, EventRing ring)
    {
        await services.Streams.Send(context, ring, services.Stopping);
        return Results.Empty;
    }

    private static Task<IResult> Session(ApiServices services, HttpContext context)
    {
        ApiCaller caller = CallerGate.CallerOf(context);
        return Task.FromResult(ApiServices.Json(
            new SessionModel(caller.Name, caller.Role.ToString().ToLowerInvariant(), services.Target.Control.Status().Version), ApiJson.Default.SessionModel));
    }

    private static async Task<IResult> Counters(ApiServices services)
    {
        ControlTarget control = services.Target.Control;
        return ApiServices.Json(CountersModel.Of(await control.Plane.Report(), control.Status().Ports), ApiJson.Default.CountersModel);
    }

    private static async Task<IResult> Offload(ApiServices services)
    {
        Gateway.DataPlane plane = services.Target.Control.Plane;
        return ApiServices.Json(OffloadModel.Of(await plane.Report(), await plane.ReportOffload()), ApiJson.Default.OffloadModel);
    }

    private static Task<IResult> History(ApiServices services, HttpContext context)
    {
        var query = new QueryReader(context.Request.Query);
        int seconds = query.Whole("seconds", 1, HistorySecondsMax, HistorySecondsMax);
        return Task.FromResult(query.Error is { } error
            ? ApiServices.Bad(error)
            : ApiServices.Json(new HistoryModel(services.Sampler.History(seconds)), ApiJson.Default.HistoryModel));
    }

    private static IResult Ready(ApiServices services) => Health(services).Checks.FirstOrDefault(static check => check is { IsOk: false, IsVital: true }) is { } failed
        ? Results.Text($"Not Healthy: Check [{failed.Name}] not ok", statusCode: StatusCodes.Status500InternalServerError)
        : Results.Text("OK");

    private static HealthCheckModel JournalCheck(JournalModel journal) => new(
        "journal",
        !journal.IsSpilling,
        journal.IsSpilling
            ? string.Create(CultureInfo.InvariantCulture, $"{journal.Problem}; events wait in the spill file since {journal.LagMs / 1000.0:0.0} s")
            : string.Create(CultureInfo.InvariantCulture, $"{journal.Store}: {journal.Stored} events stored, {journal.Waiting} wait, {journal.Lost} lost"))
    {
        IsVital = false,
    };

    private static HealthModel Health(ApiServices services)
    {
        GatewayStatus status = services.Target.Control.Status();
        long ageMs = services.Sampler.Latest is { } sample ? services.Target.Clock.GetUtcNow().ToUnixTimeMilliseconds() - sample.TimeMs : long.MaxValue;
        HealthCheckModel[] checks =
        [
            new("forwarding", status.State == "running", $"the gateway is {status.State}"),
            new("shards", ageMs < 10_000, ageMs == long.MaxValue ? "the shards have not answered yet" : string.Create(CultureInfo.InvariantCulture, $"the shards answered {ageMs / 1000.0:0.0} s ago")),
            .. ClusterRoutes.Checks(services),
            .. status.Journal is { } journal ? [JournalCheck(journal)] : Array.Empty<HealthCheckModel>(),
        ];
        return new HealthModel(Array.TrueForAll(checks, static check => check.IsOk), checks);
    }
}
