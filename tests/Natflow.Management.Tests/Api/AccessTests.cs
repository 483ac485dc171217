using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Routes;

namespace Natflow.Management.Tests.Api;

/// <summary>Who is let in, to what.</summary>
public sealed class AccessTests
{
    // By hand, not by the product's own table.
    private static readonly Dictionary<string, ApiRole[]> May = new(StringComparer.Ordinal)
    {
        ["Public"] = [ApiRole.None, ApiRole.Viewer, ApiRole.Operator, ApiRole.Auditor, ApiRole.Admin],
        ["Read"] = [ApiRole.Viewer, ApiRole.Operator, ApiRole.Auditor, ApiRole.Admin],
        ["Audit"] = [ApiRole.Auditor, ApiRole.Admin],
        ["Operate"] = [ApiRole.Operator, ApiRole.Admin],
        ["Administer"] = [ApiRole.Admin],
    };

    [Fact]
    public async Task EveryRoute_EveryRole_IsLetInOrRefused()
    {
        await using ApiRig rig = await ApiRig.Start();
        foreach (ApiRole role in Enum.GetValues<ApiRole>())
        {
            using HttpClient client = rig.Client(role);
            foreach (ApiRoute route in rig.Api.Routes.Where(static route => route.AnswerContentType != "text/event-stream"))
            {
                using var request = new HttpRequestMessage(new HttpMethod(route.Method), RequestFuzz.PathOf(route.Pattern, "10.0.0.1"));
                using HttpResponseMessage response = await client.SendAsync(request);
                bool isRefused = response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
                Assert.True(isRefused != May[$"{route.Permission}"].Contains(role), $"{role} {route.Method} {route.Pattern}: {response.StatusCode}");
            }
        }
    }

    [Fact]
    public async Task Changes_WithoutEnoughOfARole_DoNothing()
    {
        await using ApiRig rig = await ApiRig.Start();
        foreach (ApiRole role in new[] { ApiRole.None, ApiRole.Viewer, ApiRole.Auditor, ApiRole.Operator })
        {
            using HttpClient client = rig.Client(role);
            using HttpResponseMessage reload = await client.PostAsync("/api/v1/reload", content: null);
            using var put = new HttpRequestMessage(HttpMethod.Put, "/api/v1/configuration") { Content = new StringContent("natflow { other = 1 }") };
            put.Headers.IfMatch.Add(EntityTagHeaderValue.Any);
            using HttpResponseMessage applied = await client.SendAsync(put);
            Assert.False(reload.IsSuccessStatusCode || applied.IsSuccessStatusCode, $"{role}");
        }

        Assert.Equal((0, "natflow {}"), (rig.Gateway.ReloadCount, rig.Configuration.Text));
    }

    [Theory]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer nf_wrong")]
    [InlineData("Basic YWRtaW46YWRtaW4=")]
    public async Task WrongCredentials_AreRefusedEvenWhereLoopbackIsLetIn(string header)
    {
        await using ApiRig rig = await ApiRig.Start(loopbackRole: ApiRole.Admin);
        using HttpClient client = rig.Client(ApiRole.None);
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", header);

        using HttpResponseMessage response = await client.GetAsync("/api/v1/status");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task Loopback_WithARole_NeedsNoToken()
    {
        await using ApiRig rig = await ApiRig.Start(loopbackRole: ApiRole.Viewer);
        using HttpClient client = rig.Client(ApiRole.None);

        using HttpResponseMessage read = await client.GetAsync("/api/v1/status");
        using HttpResponseMessage change = await client.PostAsync("/api/v1/reload", content: null);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (read.StatusCode, change.StatusCode));
    }

    [Fact]
    public async Task Loopback_NameOfAnotherSite_IsNotLetIn()
    {
        await using ApiRig rig = await ApiRig.Start(loopbackRole: ApiRole.Admin);
        using HttpClient client = rig.Client(ApiRole.None);
        client.DefaultRequestHeaders.Host = "rebound.example";

        using HttpResponseMessage response = await client.GetAsync("/api/v1/status");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task Loopback_ChangeFromAnotherSitesPage_IsRefused()
    {
        await using ApiRig rig = await ApiRig.Start(loopbackRole: ApiRole.Admin);
        using HttpClient client = rig.Client(ApiRole.None);
        client.DefaultRequestHeaders.Add("Origin", "https://elsewhere.example");

        using HttpResponseMessage response = await client.PostAsync("/api/v1/reload", content: null);

        Assert.Equal((HttpStatusCode.Forbidden, 0), (response.StatusCode, rig.Gateway.ReloadCount));
    }

    [Fact]
    public async Task Requests_BeyondTheRate_AreRefusedWithAWordWhen()
    {
        await using ApiRig rig = await ApiRig.Start(rateLimit: 1);
        using HttpClient client = rig.Client(ApiRole.Viewer);
        var codes = new List<HttpStatusCode>();
        for (int i = 0; i < 8; i++)
        {
            using HttpResponseMessage response = await client.GetAsync("/api/v1/session");
            codes.Add(response.StatusCode);
            if (response.StatusCode == HttpStatusCode.TooManyRequests)
                Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter!.Delta);
        }

        Assert.Equal(HttpStatusCode.OK, codes[0]);
        Assert.Contains(HttpStatusCode.TooManyRequests, codes);
    }

    [Fact]
    public async Task Tls_SelfSigned_IsMadeOnceAndItsFingerprintTold()
    {
        await using ApiRig rig = await ApiRig.Start(isTls: true);
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(rig.CertificatePath);
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(certificate);
        using var client = new HttpClient(new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust } });

        using HttpResponseMessage response = await client.GetAsync(new Uri(rig.Root, "/alive"));

        Assert.Equal("OK", await response.Content.ReadAsStringAsync());
        Assert.Contains(rig.Warnings, warning => warning.EndsWith(certificate.GetCertHashString(HashAlgorithmName.SHA256), StringComparison.Ordinal));
        Assert.Equal("max-age=31536000", response.Headers.GetValues("Strict-Transport-Security").Single());
    }

    [Fact]
    public async Task Answers_TellBrowsersToRunNothingElse()
    {
        await using ApiRig rig = await ApiRig.Start();
        using HttpClient client = rig.Client(ApiRole.None);

        using HttpResponseMessage response = await client.GetAsync("/api/v1/nothing");

        Assert.StartsWith("default-src 'none'; script-src 'self'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("DENY", response.Headers.GetValues("X-Frame-Options").Single());
    }
}
