using System.Net;
using System.Net.Sockets;
using System.Text;
using Natflow.Policy.Auth;
using Natflow.Testing;

namespace Natflow.Portal.Tests.Pages;

/// <summary>Requests that nobody's page sends.</summary>
public sealed class HostileTests
{
    [Fact]
    public async Task Login_WithoutSealOrCookie_OrOfAnotherClient_IsRefused()
    {
        await using PortalRig rig = await PortalRig.Start();
        rig.Subscribers.Add(PortalRig.Client);
        rig.Subscribers.Add("127.0.0.3");
        HttpClient client = rig.From(PortalRig.Client);
        string seal = await PortalRig.Seal(client);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync("/login", PortalRig.Form(("method", "click")))).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync("/login", PortalRig.Form(("method", "click"), ("seal", seal[..^2] + "AA")))).StatusCode);
        HttpClient other = rig.From("127.0.0.3");
        _ = await PortalRig.Seal(other);
        Assert.Equal(HttpStatusCode.Forbidden, (await other.PostAsync("/login", PortalRig.Form(("method", "click"), ("seal", seal)))).StatusCode);
        HttpClient forgetful = rig.From(PortalRig.Client, keepsCookies: false);
        Assert.Equal(HttpStatusCode.Forbidden, (await forgetful.PostAsync("/login", PortalRig.Form(("method", "click"), ("seal", seal)))).StatusCode);
        Assert.Empty(rig.Subscribers.Logins);
        Assert.Equal(HttpStatusCode.SeeOther, (await client.PostAsync("/login", PortalRig.Form(("method", "click"), ("seal", seal)))).StatusCode);
    }

    [Fact]
    public async Task Login_SealOfHalfAnHourAgo_IsStale()
    {
        await using PortalRig rig = await PortalRig.Start();
        rig.Subscribers.Add(PortalRig.Client);
        HttpClient client = rig.From(PortalRig.Client);
        string seal = await PortalRig.Seal(client);
        rig.Time.Advance(TimeSpan.FromMinutes(30));
        HttpResponseMessage answer = await client.PostAsync("/login", PortalRig.Form(("method", "click"), ("seal", seal)));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        string fresh = PortalRig.SealOf(await answer.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.SeeOther, (await client.PostAsync("/login", PortalRig.Form(("method", "click"), ("seal", fresh)))).StatusCode);
    }

    [Theory]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task Login_FromAnotherSite_IsRefused(string header, string value)
    {
        await using PortalRig rig = await PortalRig.Start();
        rig.Subscribers.Add(PortalRig.Client);
        HttpClient client = rig.From(PortalRig.Client);
        string seal = await PortalRig.Seal(client);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/login") { Content = PortalRig.Form(("method", "click"), ("seal", seal)) };
        request.Headers.Add(header, value);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.SendAsync(request)).StatusCode);
        Assert.Empty(rig.Subscribers.Logins);
    }

    [Fact]
    public async Task Request_ForAnotherHost_LeadsToThePortalWhateverItAsksFor()
    {
        await using PortalRig rig = await PortalRig.Start();
        rig.Subscribers.Add(PortalRig.Client);
        HttpClient client = rig.From(PortalRig.Client);
        foreach ((HttpMethod method, string path) in new[] { (HttpMethod.Get, "/"), (HttpMethod.Get, "//evil.example/%2e%2e?url=http://evil.example"), (HttpMethod.Post, "/login"), (HttpMethod.Delete, "/x") })
        {
            using var request = new HttpRequestMessage(method, path);
            request.Headers.Host = "evil.example";
            HttpResponseMessage answer = await client.SendAsync(request);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            Assert.Equal(rig.Root, answer.Headers.Location);
        }
    }

    [Fact]
    public async Task Login_TooManyTries_WaitsAMinuteWithoutHarmingOthers()
    {
        await using PortalRig rig = await PortalRig.Start(static settings => settings with { AttemptsPerMinute = 3 });
        rig.Subscribers.Add(PortalRig.Client);
        rig.Subscribers.Add("127.0.0.3");
        HttpClient client = rig.From(PortalRig.Client);
        for (int i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.Forbidden, (await PortalRig.Post(client, "/login", ("method", "voucher"), ("voucher", $"BAD-CODE-{i}"))).StatusCode);
        HttpResponseMessage refused = await PortalRig.Post(client, "/login", ("method", "voucher"), ("voucher", "GOOD-CODE-0001"));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(60), refused.Headers.RetryAfter!.Delta);
        Assert.Equal(HttpStatusCode.SeeOther, (await PortalRig.Post(rig.From("127.0.0.3"), "/login", ("method", "click"))).StatusCode);
        rig.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.SeeOther, (await PortalRig.Post(client, "/login", ("method", "voucher"), ("voucher", "GOOD-CODE-0001"))).StatusCode);
    }

    [Fact]
    public async Task Requests_TooMany_AreRefused()
    {
        await using PortalRig rig = await PortalRig.Start(static settings => settings with { RequestsPerSecond = 2 });
        HttpClient client = rig.From(PortalRig.Client);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await client.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await rig.From("127.0.0.3").GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task Request_WrongMethodPathTypeOrSize_IsRefusedClearly()
    {
        await using PortalRig rig = await PortalRig.Start();
        HttpClient client = rig.From(PortalRig.Client);
        HttpResponseMessage wrongMethod = await client.GetAsync("/login");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, wrongMethod.StatusCode);
        Assert.Equal(["POST"], wrongMethod.Content.Headers.Allow);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.PutAsync("/", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/../etc/passwd")).StatusCode);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await client.PostAsync("/login", new StringContent("{}", Encoding.UTF8, "application/json"))).StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await client.PostAsync("/login", PortalRig.Form(("name", new string('x', 5000))))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync("/login", PortalRig.Form(("name", new string('x', 600))))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync("/login", PortalRig.Form(("name", "a"), ("name", "b")))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync("/login", PortalRig.Form(("name", "a\0b")))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.PostAsync("/login", PortalRig.Form([.. Enumerable.Range(0, 9).Select(static i => ($"f{i}", "x"))]))).StatusCode);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Request_RandomBytes_LeavesThePortalAlive(int seed)
    {
        await using PortalRig rig = await PortalRig.Start();
        rig.Subscribers.Add("127.0.0.1");
        var prng = new Prng(seed);
        for (int i = 0; i < 60; i++)
        {
            byte[] bytes = Encoding.ASCII.GetBytes($"POST /login HTTP/1.1\r\nHost: 127.0.0.1:{rig.Root.Port}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 40\r\n\r\nmethod=click&seal=AAAAAAAAAAAAAAAAAAAAAA");
            for (int change = 0; change < 1 + (i % 6); change++)
                bytes[prng.Next(bytes.Length)] = (byte)prng.Next(256);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, rig.Root.Port);
            await socket.SendAsync(bytes);
            socket.Shutdown(SocketShutdown.Send);
            byte[] answer = new byte[16];
            try
            {
                int length = await socket.ReceiveAsync(answer); // 505 is a version that is none.
                Assert.True(length == 0 || (answer.AsSpan().StartsWith("HTTP/1."u8) && (answer[9] != (byte)'5' || answer[11] == (byte)'5')), $"seed {seed}, request {i}: {Encoding.ASCII.GetString(answer)}");
            }
            catch (SocketException)
            {
                // A reset is an answer too.
            }
        }

        Assert.Empty(rig.Subscribers.Logins);
        Assert.Equal(AuthStatus.Required, rig.Subscribers["127.0.0.1"].Auth.Status);
        Assert.Equal(HttpStatusCode.OK, (await rig.From(PortalRig.Client).GetAsync("/")).StatusCode);
    }
}
