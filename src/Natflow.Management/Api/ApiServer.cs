using System.Security.Authentication;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Lists;
using Natflow.Management.Api.Live;
using Natflow.Management.Api.Metrics;
using Natflow.Management.Api.Routes;
using Natflow.Management.Control;

namespace Natflow.Management.Api;

/// <summary>HTTP by TCP: the API, the page, the metrics.</summary>
/// <remarks>Handlers run on the thread pool and ask the flow actors a slice of a table at a time; forwarding waits for none of them.</remarks>
public sealed class ApiServer : IAsyncDisposable
{
    private const int BodyBytesMax = 1 << 20;
    private const int ConnectionsMax = 1024;

    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Sampler _sampler;
    private readonly GatewayMetrics _metrics;
    private readonly MetricsText _metricsText;
    private readonly ListCache _lists;
    private readonly RateGate _rate;

    private ApiServer(WebApplication app, ApiSettings settings, ApiTarget target)
    {
        _app = app;
        _sampler = new Sampler(target.Control, target.Clock);
        _metrics = new GatewayMetrics(_sampler);
        _metricsText = new MetricsText(_metrics.Meter);
        _lists = new ListCache(target.Clock);
        _rate = new RateGate(settings.RequestsPerSecond);
        var services = new ApiServices(target, _sampler, _lists, new AuditTrail(target), new StreamSender(target.Clock), _stopping.Token);
        Routes = RoutesOf(services, _metricsText);
        Map(new CallerGate(settings, new TokenFile(settings.TokensPath, target.Clock, target.Warn)));
    }

    /// <summary>The port that it listens on.</summary>
    public int Port { get; private set; }

    /// <summary>What is served.</summary>
    internal IReadOnlyList<ApiRoute> Routes { get; }

    /// <summary>Routes as the framework has them, to compare with what the document says.</summary>
    internal IEnumerable<(string Method, string Pattern)> MappedRoutes => _app.Services.GetRequiredService<Microsoft.AspNetCore.Routing.EndpointDataSource>().Endpoints
        .OfType<Microsoft.AspNetCore.Routing.RouteEndpoint>()
        .SelectMany(static endpoint => endpoint.Metadata.GetRequiredMetadata<Microsoft.AspNetCore.Routing.HttpMethodMetadata>().HttpMethods.Select(method => (method, endpoint.RoutePattern.RawText!)));

    /// <summary>Opens the port and serves.</summary>
    /// <param name="settings">Where, and who is let in.</param>
    /// <param name="target">The gateway.</param>
    /// <exception cref="IOException">The port is taken, or the certificate cannot be read or kept.</exception>
    public static async Task<ApiServer> Start(ApiSettings settings, ApiTarget target)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options => Configure(options, settings, target));
        WebApplication app = builder.Build();
        var server = new ApiServer(app, settings, target);
        try
        {
            await app.StartAsync();
        }
        catch (CryptographicException error)
        {
            await server.DisposeAsync();
            throw new IOException($"the certificate of natflow.management.http cannot be used: {error.Message}", error);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        server.Port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        return server;
    }

    /// <summary>Ends all requests and closes the port.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(timeout.Token);
        await _app.DisposeAsync();
        _metricsText.Dispose();
        _metrics.Dispose();
        await _sampler.DisposeAsync();
        _lists.Dispose();
        await _rate.DisposeAsync();
        _stopping.Dispose();
    }

    private static void Configure(KestrelServerOptions options, ApiSettings settings, ApiTarget target)
    {
        options.AddServerHeader = false;
        options.Limits.MaxRequestBodySize = BodyBytesMax;
        options.Limits.MaxConcurrentConnections = ConnectionsMax;
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        options.Listen(settings.Address, settings.Port, listen =>
        {
            if (settings.IsTls)
            {
                listen.UseHttps(https =>
                {
                    https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
                    https.ServerCertificate = ServerCertificate.Load(settings, target.Clock, target.Warn);
                });
            }
        });
    }

    private static List<ApiRoute> RoutesOf(ApiServices services, MetricsText metrics)
    {
        var page = new PageFiles();
        List<ApiRoute> routes =
        [
            .. ListRoutes.All(services),
            .. UserRoutes.All(services),
            .. SystemRoutes.All(services, metrics),
            .. ConfigurationRoutes.All(services),
            .. ClusterRoutes.All(services),
            new("GET", "/", ApiPermission.Public, "The page.", page.Answer) { AnswerContentType = "text/html", IsLenient = true },
            new("GET", "/assets/{name}", ApiPermission.Public, "A file of the page.", page.Answer) { AnswerContentType = "text/javascript", IsLenient = true },
        ];
        string? document = null;
        routes.Add(new ApiRoute("GET", "/api/v1/openapi.json", ApiPermission.Read, "This document.", _ => Task.FromResult(Results.Text(document ??= OpenApiDocument.Write(routes), "application/json"))));
        return routes;
    }

    private void Map(CallerGate gate)
    {
        _app.Use(SecurityHeaders.Add);
        _app.Use(ProblemAnswer.Guard);
        _app.Use(_rate.Check);
        _app.UseRouting();
        _app.Use(gate.Check);
        foreach (ApiRoute route in Routes)
        {
            _app.MapMethods(route.Pattern, [route.Method], (RequestDelegate)(context => Handle(route, context))).WithMetadata(route);
        }
    }

    private static async Task Handle(ApiRoute route, HttpContext context)
    {
        string? unknown = route.IsLenient ? null : context.Request.Query.Keys.FirstOrDefault(key => !route.Parameters.Any(parameter => parameter.Name == key));
        string? repeated = route.IsLenient ? null : context.Request.Query.FirstOrDefault(static pair => pair.Value.Count > 1).Key;
        IResult result = unknown is not null ? ApiServices.Bad($"{unknown}: no such parameter; there are {string.Join(", ", route.Parameters.Select(static parameter => parameter.Name))}")
            : repeated is not null ? ApiServices.Bad($"{repeated}: once is enough")
            : await route.Handler(context);
        await result.ExecuteAsync(context);
    }
}
