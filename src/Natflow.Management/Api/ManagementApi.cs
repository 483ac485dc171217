using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Lists;
using Natflow.Management.Api.Live;
using Natflow.Management.Api.Metrics;
using Natflow.Management.Api.Routes;
using Natflow.Management.Api.Rules;

namespace Natflow.Management.Api;

/// <summary>Routes, figures and records of the API, behind whichever servers bring it to callers: TCP, the control socket.</summary>
/// <remarks>Handlers run on the thread pool and ask the flow actors a slice of a table at a time; forwarding waits for none of them.</remarks>
public sealed class ManagementApi : IAsyncDisposable
{
    private const int EventsKept = 2000;

    private readonly CancellationTokenSource _stopping = new();
    private readonly Sampler _sampler;
    private readonly GatewayMetrics _metrics;
    private readonly MetricsText _metricsText;
    private readonly ListCache _lists;
    private readonly EditGate _editing = new();

    /// <summary>Starts taking figures. The workers of the gateway must run.</summary>
    /// <param name="target">The gateway.</param>
    public ManagementApi(ApiTarget target)
    {
        Target = target;
        _sampler = new Sampler(target.Control, target.Clock);
        _metrics = new GatewayMetrics(_sampler);
        _metricsText = new MetricsText(_metrics.Meter);
        _lists = new ListCache(target.Clock);
        Routes = RoutesOf(new ApiServices(target, _sampler, _lists, new AuditTrail(target), new StreamSender(target.Clock), Visits, Apps, _stopping.Token) { Editing = _editing }, _metricsText);
    }

    /// <summary>What subscribers visited, as it is logged: whoever knows adds to it.</summary>
    public EventRing Visits { get; } = new(EventsKept);

    /// <summary>What flows were recognised as: whoever knows adds to it.</summary>
    public EventRing Apps { get; } = new(EventsKept);

    /// <summary>The gateway.</summary>
    internal ApiTarget Target { get; }

    /// <summary>What is served.</summary>
    internal IReadOnlyList<ApiRoute> Routes { get; }

    /// <summary>Names of all metrics.</summary>
    internal IReadOnlyCollection<string> MetricNames => _metricsText.Names;

    /// <summary>Ends all streams; servers close after that.</summary>
    internal void EndStreams() => _stopping.Cancel();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _metricsText.Dispose();
        _metrics.Dispose();
        await _sampler.DisposeAsync();
        _lists.Dispose();
        _editing.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Puts the routes into a server.</summary>
    /// <param name="app">The server; refusals are made problems before these.</param>
    /// <param name="gate">Who is let in.</param>
    internal void Map(WebApplication app, CallerGate gate)
    {
        app.UseRouting();
        app.Use(gate.Check);
        foreach (ApiRoute route in Routes)
            app.MapMethods(route.Pattern, [route.Method], (RequestDelegate)(context => Handle(route, context))).WithMetadata(route);
    }

    private static List<ApiRoute> RoutesOf(ApiServices services, MetricsText metrics)
    {
        var page = new PageFiles();
        List<ApiRoute> routes =
        [
            .. ListRoutes.All(services),
            .. UserRoutes.All(services),
            .. SystemRoutes.All(services, metrics),
            .. RuleRoutes.All(services),
            .. SettingRoutes.All(services),
            .. AuditRoutes.All(services),
            .. ConfigurationRoutes.All(services),
            .. ClusterRoutes.All(services),
            .. ClusterChangeRoutes.All(services),
            new("GET", "/", ApiPermission.Public, "The page.", page.Answer) { AnswerContentType = "text/html", IsLenient = true },
            new("GET", "/assets/{name}", ApiPermission.Public, "A file of the page.", page.Answer) { AnswerContentType = "text/javascript", IsLenient = true },
        ];
        string? document = null;
        routes.Add(new ApiRoute("GET", "/api/v1/openapi.json", ApiPermission.Read, "This document.", _ => Task.FromResult(Results.Text(document ??= OpenApiDocument.Write(routes), "application/json"))));
        return routes;
    }

    private static async Task Handle(ApiRoute route, HttpContext context)
    {
        IResult result = Mistake(route, context.Request.Query) is { } mistake ? ApiServices.Bad(mistake) : await route.Handler(context);
        await result.ExecuteAsync(context);
    }

    private static string? Mistake(ApiRoute route, IQueryCollection query)
    {
        if (route.IsLenient)
            return null;
        string[] known = [.. route.Parameters.Select(static parameter => parameter.Name)];
        if (query.Keys.FirstOrDefault(key => !known.Contains(key, StringComparer.Ordinal)) is { } unknown)
            return known.Length == 0 ? $"{unknown}: there are no parameters here" : $"{unknown}: no such parameter; there are {string.Join(", ", known)}";
        return query.FirstOrDefault(static pair => pair.Value.Count > 1).Key is { } repeated ? $"{repeated}: once is enough" : null;
    }
}
