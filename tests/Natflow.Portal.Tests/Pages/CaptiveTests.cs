using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Natflow.Policy.Auth;
using Natflow.Portal.Captive;
using Natflow.Portal.Probes;

namespace Natflow.Portal.Tests.Pages;

/// <summary>What programs ask: the API of RFC 8908, its announcement by RFC 8910, probes that DNS led here.</summary>
public sealed class CaptiveTests
{
    private const string Uri = "https://portal.example:8843/captive-portal/api";

    [Fact]
    public async Task Api_BeforeAndAfterALogin_SaysHowItStands()
    {
        await using PortalRig rig = await PortalRig.Start();
        rig.Subscribers.Add(PortalRig.Client);
        HttpClient client = rig.From(PortalRig.Client);
        HttpResponseMessage answer = await client.GetAsync(CaptiveOptions.ApiPath);
        Assert.Equal("application/captive+json", answer.Content.Headers.ContentType!.ToString());
        Assert.True(answer.Headers.CacheControl!.Private);
        Assert.Equal("{\"captive\":true}", await answer.Content.ReadAsStringAsync());

        await PortalRig.Post(client, "/login", ("method", "voucher"), ("voucher", "GOOD-CODE-0001"));
        Assert.Equal("{\"captive\":false,\"can-extend-session\":true,\"seconds-remaining\":3600,\"bytes-remaining\":1048576}", await client.GetStringAsync(CaptiveOptions.ApiPath));
        Assert.Equal("{\"captive\":true}", await rig.From("127.0.0.3").GetStringAsync(CaptiveOptions.ApiPath));
    }

    [Fact]
    public async Task Api_ByTls_NamesThePage()
    {
        string directory = Directory.CreateTempSubdirectory("natflow-portal-tls-").FullName;
        try
        {
            (string certificate, string key) = MakeCertificate(directory);
            await using PortalRig rig = await PortalRig.Start(settings => settings with { CertificatePath = certificate, KeyPath = key, Name = "portal.example" });
            using HttpClient client = Trusting(certificate, rig.Server.TlsPort);
            string json = await client.GetStringAsync($"https://portal.example:{rig.Server.TlsPort}{CaptiveOptions.ApiPath}");
            Assert.Equal($"{{\"captive\":true,\"user-portal-url\":\"https://portal.example:{rig.Server.TlsPort}/\"}}", json);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Start_CertificateThatCannotBeRead_SaysSo()
    {
        IOException error = await Assert.ThrowsAsync<IOException>(static () => PortalRig.Start(static settings => settings with { CertificatePath = "/nowhere.pem" }));
        Assert.Contains("/nowhere.pem", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<IOException>(static () => PortalRig.Start(static settings => settings with { Addresses = [IPAddress.Parse("192.0.2.77")] }));
        Assert.Contains("natflow.auth.portal.ipv4 must be one of its own", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> AllProbes()
    {
        var probes = new TheoryData<string, string>();
        foreach (Probe probe in ProbeTable.All)
            probes.Add(probe.Host, probe.Path);
        return probes;
    }

    [Theory, MemberData(nameof(AllProbes))]
    public async Task Probe_ThatDnsLedHere_IsSentToThePageAndSatisfiedAfterTheLogin(string host, string path)
    {
        await using PortalRig rig = await PortalRig.Start();
        rig.Subscribers.Add(PortalRig.Client);
        HttpClient client = rig.From(PortalRig.Client);
        HttpResponseMessage before = await Ask(client, host, path);
        Assert.Equal((HttpStatusCode.Redirect, rig.Root), (before.StatusCode, before.Headers.Location));
        rig.Subscribers.Set(rig.Subscribers[PortalRig.Client] with { Auth = AuthState.NewAt(0) with { Status = AuthStatus.Ok, Type = AuthType.Web } });
        HttpResponseMessage after = await Ask(client, host, path);
        Probe probe = ProbeTable.Find(host.ToUpperInvariant(), path)!;
        Assert.Equal(probe.Status, (int)after.StatusCode);
        Assert.Equal(probe.Body, await after.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.Redirect, (await Ask(client, host, path + "x")).StatusCode);
    }

    [Fact]
    public void Options_HaveTheFormOfTheRfc()
    {
        byte[] text = Encoding.ASCII.GetBytes(Uri);
        Assert.Equal([114, (byte)text.Length, .. text], CaptiveOptions.Dhcp4(Uri));
        Assert.Equal([0, 103, 0, (byte)text.Length, .. text], CaptiveOptions.Dhcp6(Uri));
        byte[] option = CaptiveOptions.Advertisement(Uri);
        Assert.Equal((37, 0), (option[0], option.Length % 8));
        Assert.Equal(option.Length, option[1] * 8);
        Assert.Equal(text, option[2..(2 + text.Length)]);
        Assert.All(option[(2 + text.Length)..], static value => Assert.Equal(0, value));
        Assert.Throws<ArgumentOutOfRangeException>(static () => CaptiveOptions.Dhcp4(new string('x', 256)));
    }

    [Fact]
    public async Task UriOf_NeedsTlsAndAName()
    {
        await using PortalRig rig = await PortalRig.Start();
        PortalSettings settings = rig.Settings();
        Assert.Null(CaptiveOptions.UriOf(settings));
        Assert.Equal(CaptiveOptions.Unrestricted, CaptiveOptions.UriOf(settings with { IsEnabled = false }));
        settings = settings with { Name = "portal.example", CertificatePath = "/x", TlsPort = 8843 };
        Assert.Equal(Uri, CaptiveOptions.UriOf(settings));
        Assert.Equal("https://portal.example/captive-portal/api", CaptiveOptions.UriOf(settings with { TlsPort = 443 }));
    }

    private static async Task<HttpResponseMessage> Ask(HttpClient client, string host, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Host = host;
        return await client.SendAsync(request);
    }

    private static HttpClient Trusting(string certificate, int port)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(certificate));
        return new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, port, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
    }

    private static (string Certificate, string Key) MakeCertificate(string directory)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=portal.example", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("portal.example");
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        (string certificatePath, string keyPath) = (Path.Combine(directory, "cert.pem"), Path.Combine(directory, "key.pem"));
        File.WriteAllText(certificatePath, certificate.ExportCertificatePem());
        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
        return (certificatePath, keyPath);
    }
}
