using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Natflow.Host.Lab.Servers;

/// <summary>
/// HTTP and HTTPS. <c>GET /</c> says whom it sees, <c>GET /bytes/N</c> sends N known bytes, <c>PUT /sum</c> answers the SHA-256 of what it was sent.
/// </summary>
internal static class WebServer
{
    private const int HttpPort = 80;
    private const int HttpsPort = 443;

    /// <summary>Starts serving on every address of this network namespace, with a certificate made now.</summary>
    internal static async Task<WebApplication> Start()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(static options =>
        {
            options.Limits.MaxRequestBodySize = null;
            options.Limits.MinResponseDataRate = null; // A client may be slow: that is what a lab is for.
            options.Limits.MinRequestBodyDataRate = null;
            options.ListenAnyIP(HttpPort);
            options.ListenAnyIP(HttpsPort, static listen => listen.UseHttps(MakeCertificate()));
        });
        WebApplication app = builder.Build();
        app.MapGet("/", (RequestDelegate)Greet);
        app.MapGet("/bytes/{count:long}", (RequestDelegate)SendBytes);
        app.MapPut("/sum", (RequestDelegate)Sum);
        await app.StartAsync();
        return app;
    }

    private static Task Greet(HttpContext context)
    {
        IPAddress address = context.Connection.RemoteIpAddress!;
        var seen = new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, context.Connection.RemotePort);
        return context.Response.WriteAsync($"hello {seen}\n");
    }

    private static async Task SendBytes(HttpContext context)
    {
        long count = long.Parse((string)context.Request.RouteValues["count"]!, CultureInfo.InvariantCulture);
        context.Response.ContentLength = count;
        await using var pattern = new PatternStream(count);
        await pattern.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private static async Task Sum(HttpContext context)
    {
        byte[] hash = await SHA256.HashDataAsync(context.Request.Body, context.RequestAborted);
        await context.Response.WriteAsync(Convert.ToHexStringLower(hash));
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={LabPlan.DnsName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(LabPlan.DnsName);
        foreach (string address in new[] { LabPlan.HostX, LabPlan.HostX2, LabPlan.HostY, LabPlan.HostX6, LabPlan.HostY6 })
            names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
    }
}
