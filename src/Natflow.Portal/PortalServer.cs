using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Natflow.Portal.Access;
using Natflow.Portal.Pages;

namespace Natflow.Portal;

/// <summary>The login page by HTTP, and by HTTPS where there is a certificate, on the gateway's own addresses.</summary>
public sealed class PortalServer : IAsyncDisposable
{
    private const int ConnectionsMax = 2048;
    private const int HeaderBytesMax = 16 * 1024;
    private const int LineBytesMax = 4096;
    private const int HeadersMax = 64;
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);

    private readonly WebApplication _app;

    private PortalServer(WebApplication app) => _app = app;

    /// <summary>Its port of HTTP.</summary>
    public int Port { get; private set; }

    /// <summary>Its port of HTTPS; 0 where there is none.</summary>
    public int TlsPort { get; private set; }

    /// <summary>Opens the ports and serves.</summary>
    /// <param name="settings">Where, and what.</param>
    /// <param name="parts">Who decides; outlives the server.</param>
    /// <exception cref="IOException">An address is not the box's, a port is taken, or the certificate cannot be read.</exception>
    public static async Task<PortalServer> Start(PortalSettings settings, PortalParts parts)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(parts);
        X509Certificate2? certificate = LoadCertificate(settings);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options => Configure(options, settings, certificate));
        WebApplication app = builder.Build();
        var server = new PortalServer(app);
        var pages = new TaskCompletionSource<PortalPages>(TaskCreationOptions.RunContinuationsAsynchronously); // Known with the ports.
        app.Run(async context => await (await pages.Task).Answer(context));
        try
        {
            CheckAddresses(settings);
            await app.StartAsync();
        }
        catch (Exception error) when (error is SocketException or IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            await app.DisposeAsync();
            throw new IOException($"natflow.portal: {error.Message}", error);
        }

        Uri[] bound = [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(static text => new Uri(text))];
        server.Port = bound.First(static uri => uri.Scheme == "http").Port;
        server.TlsPort = bound.FirstOrDefault(static uri => uri.Scheme == "https")?.Port ?? 0;
        pages.SetResult(parts.PagesFor(new PortalAddress(settings, server.Port, server.TlsPort), ReadStyle()));
        return server;
    }

    /// <summary>Ends all requests and closes the ports.</summary>
    public async ValueTask DisposeAsync()
    {
        using var timeout = new CancellationTokenSource(StopTimeout);
        await _app.StopAsync(timeout.Token);
        await _app.DisposeAsync();
    }

    private static void Configure(KestrelServerOptions options, PortalSettings settings, X509Certificate2? certificate)
    {
        options.AddServerHeader = false;
        options.Limits.MaxRequestBodySize = LoginForm.BodyBytesMax;
        options.Limits.MaxRequestLineSize = LineBytesMax;
        options.Limits.MaxRequestBufferSize = HeaderBytesMax + LineBytesMax;
        options.Limits.MaxRequestHeadersTotalSize = HeaderBytesMax;
        options.Limits.MaxRequestHeaderCount = HeadersMax;
        options.Limits.MaxConcurrentConnections = ConnectionsMax;
        options.Limits.RequestHeadersTimeout = HeadersTimeout;
        options.Limits.KeepAliveTimeout = KeepAlive;
        options.Limits.MinRequestBodyDataRate = new MinDataRate(100, HeadersTimeout);
        foreach (IPAddress address in settings.Addresses)
        {
            options.Listen(address, settings.Port, static listen => listen.Protocols = HttpProtocols.Http1);
            if (certificate is null)
                continue;
            options.Listen(address, settings.TlsPort, listen => listen.UseHttps(https =>
            {
                https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
                https.ServerCertificate = certificate;
            }));
        }
    }

    private static X509Certificate2? LoadCertificate(PortalSettings settings)
    {
        if (!settings.IsTls)
            return null;
        try
        {
            return X509Certificate2.CreateFromPemFile(settings.CertificatePath, settings.KeyPath.Length == 0 ? null : settings.KeyPath);
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new IOException($"natflow.portal.certificate: {error.Message}", error);
        }
    }

    // The server's own words for it name no key that could be changed.
    private static void CheckAddresses(PortalSettings settings)
    {
        foreach (IPAddress address in settings.Addresses)
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(address, 0));
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressNotAvailable)
            {
                string key = address.AddressFamily == AddressFamily.InterNetwork ? "ipv4" : "ipv6";
                throw new IOException($"the box has no address {address}; natflow.auth.portal.{key} must be one of its own, towards subscribers", error);
            }
        }
    }

    private static byte[] ReadStyle()
    {
        using Stream stream = typeof(PortalServer).Assembly.GetManifestResourceStream("portal.css") ?? throw new InvalidOperationException("the style sheet is not embedded");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
