using System.Security.Authentication;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Natflow.Management.Api.Access;
using Natflow.Management.Control;

namespace Natflow.Management.Api;

/// <summary>The API, the page and the metrics by HTTP on a TCP port.</summary>
public sealed class ApiServer : IAsyncDisposable
{
    private const int BodyBytesMax = 1 << 20;
    private const int ConnectionsMax = 1024;

    private readonly WebApplication _app;
    private readonly ManagementApi _api;
    private readonly RateGate _rate;

    private ApiServer(WebApplication app, ApiSettings settings, ManagementApi api)
    {
        _app = app;
        _api = api;
        _rate = new RateGate(settings.RequestsPerSecond);
        app.Use(SecurityHeaders.Add);
        app.Use(ProblemAnswer.Guard);
        app.Use(_rate.Check);
        api.Map(app, CallerGate.ByToken(settings, new TokenFile(settings.TokensPath, api.Target.Clock, api.Target.Warn)));
    }

    /// <summary>The port that it listens on.</summary>
    public int Port { get; private set; }

    /// <summary>Routes as the framework has them, to compare with what the document says.</summary>
    internal IEnumerable<(string Method, string Pattern)> MappedRoutes => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints
        .OfType<RouteEndpoint>()
        .SelectMany(static endpoint => endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Select(method => (method, endpoint.RoutePattern.RawText!)));

    /// <summary>Opens the port and serves.</summary>
    /// <param name="settings">Where, and who is let in.</param>
    /// <param name="api">What is served; outlives the server.</param>
    /// <exception cref="IOException">The port is taken, or the certificate cannot be read or kept.</exception>
    public static async Task<ApiServer> Start(ApiSettings settings, ManagementApi api)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options => Configure(options, settings, api.Target));
        WebApplication app = builder.Build();
        var server = new ApiServer(app, settings, api);
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
        _api.EndStreams();
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(timeout.Token);
        await _app.DisposeAsync();
        await _rate.DisposeAsync();
    }

    private static void Configure(KestrelServerOptions options, ApiSettings settings, ApiTarget target)
    {
        options.AddServerHeader = false;
        options.Limits.MaxRequestBodySize = BodyBytesMax;
        options.Limits.MaxConcurrentConnections = ConnectionsMax;
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        options.Listen(settings.Address, settings.Port, listen =>
        {
            if (!settings.IsTls)
                return;
            listen.UseHttps(https =>
            {
                https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
                https.ServerCertificate = ServerCertificate.Load(settings, target.Clock, target.Warn);
            });
        });
    }
}
