using System.Net;
using Natflow.Gateway.Users;
using Natflow.Policy.Auth;
using Natflow.Portal.Logins;

namespace Natflow.Portal.Tests.Pages;

/// <summary>Logging in and out by the page, as a browser does.</summary>
public sealed class LoginTests
{
    [Fact]
    public async Task Page_ForAUserWhoMustLogIn_HasAFormForEachMethod()
    {
        await using PortalRig rig = await PortalRig.Start();
        rig.Subscribers.Add(PortalRig.Client);
        HttpResponseMessage answer = await rig.From(PortalRig.Client).GetAsync("/index.html?ip=10.9.9.9&mac=AA-BB-CC-DD-EE-FF&rid=1&_t=2");
        string html = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(3, html.Split("<form ").Length - 1);
        Assert.Contains("Café &lt;Welcome&gt;", html, StringComparison.Ordinal);
        Assert.Contains("<html lang=\"en\">", html, StringComparison.Ordinal);
        Assert.Contains($"Your address: {PortalRig.Client}", html, StringComparison.Ordinal);
        Assert.DoesNotContain("10.9.9.9", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        string cookie = answer.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Page_InGerman_SaysSo()
    {
        await using PortalRig rig = await PortalRig.Start();
        HttpClient client = rig.From(PortalRig.Client);
        client.DefaultRequestHeaders.AcceptLanguage.ParseAdd("de-AT, en;q=0.5");
        Assert.Contains("<html lang=\"de\">", await client.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Click_LetsTheConnectionsOtherEndIn()
    {
        await using PortalRig rig = await PortalRig.Start();
        rig.Subscribers.Add(PortalRig.Client);
        HttpClient client = rig.From(PortalRig.Client);
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "10.0.0.99");
        client.DefaultRequestHeaders.Add("Forwarded", "for=10.0.0.99");
        HttpResponseMessage answer = await PortalRig.Post(client, "/login", ("method", "click"));
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Equal("/status", answer.Headers.Location!.ToString());
        LoginRequest login = Assert.Single(rig.Subscribers.Logins);
        Assert.Equal(PortalRig.Client, login.Address.ToString());
        string status = await client.GetStringAsync("/status");
        Assert.Contains("You are online", status, StringComparison.Ordinal);
        Assert.Contains("href=\"https://example.org/\"", status, StringComparison.Ordinal);

        answer = await PortalRig.Post(client, "/logout");
        Assert.Equal("/?bye", answer.Headers.Location!.ToString());
        Assert.Equal(AuthStatus.Required, rig.Subscribers[PortalRig.Client].Auth.Status);
        Assert.Contains("You are disconnected.", await client.GetStringAsync("/?bye"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Click_WithTerms_NeedsConsent()
    {
        await using PortalRig rig = await PortalRig.Start(static settings => settings with { Terms = "Be kind." });
        rig.Subscribers.Add(PortalRig.Client);
        HttpClient client = rig.From(PortalRig.Client);
        HttpResponseMessage answer = await PortalRig.Post(client, "/login", ("method", "click"));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("agree to the terms first", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(rig.Subscribers.Logins);
        answer = await PortalRig.Post(client, "/login", ("method", "click"), ("agree", "yes"));
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
    }

    [Theory]
    [InlineData(PortalRig.Alice, PortalRig.Password, HttpStatusCode.SeeOther)]
    [InlineData(PortalRig.Alice, "wrong", HttpStatusCode.Forbidden)]
    [InlineData(PortalRig.Alice, "", HttpStatusCode.Forbidden)]
    [InlineData("bob", PortalRig.Password, HttpStatusCode.Forbidden)]
    [InlineData("", "", HttpStatusCode.Forbidden)]
    public async Task Password_IsTheLists(string name, string password, HttpStatusCode expected)
    {
        await using PortalRig rig = await PortalRig.Start();
        rig.Subscribers.Add(PortalRig.Client);
        HttpResponseMessage answer = await PortalRig.Post(rig.From(PortalRig.Client), "/login", ("method", "password"), ("name", name), ("password", password));
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(expected == HttpStatusCode.SeeOther ? 1 : 0, rig.Subscribers.Logins.Count);
        LoginRefused[] refused = [.. rig.Events.OfType<LoginRefused>()];
        Assert.Equal(expected == HttpStatusCode.SeeOther ? 0 : 1, refused.Length);
        if (refused is [{ } refusal])
            Assert.Equal((PortalRig.Client, name, "password", "WrongCredentials"), (refusal.Address, refusal.Login, refusal.Method, refusal.Reason));
        if (rig.Subscribers.Logins is [{ } login])
        {
            Assert.Equal(PortalRig.Alice, login.Login);
            Assert.Equal(8 * 3600, login.SessionSeconds);
            Assert.Equal((2_000_000, 10_000_000), (login.Limits.UpBitsPerSecond, login.Limits.DownBitsPerSecond));
        }
    }

    [Fact]
    public async Task Voucher_TimeAndVolume_AreOfAllSessionsTogether()
    {
        await using PortalRig rig = await PortalRig.Start();
        rig.Subscribers.Add(PortalRig.Client);
        HttpClient client = rig.From(PortalRig.Client);
        Assert.Equal(HttpStatusCode.SeeOther, (await PortalRig.Post(client, "/login", ("method", "voucher"), ("voucher", "good code 0001"))).StatusCode);
        LoginRequest first = rig.Subscribers.Logins.Single();
        Assert.Equal((3600, 1ul << 20, (ushort)2), (first.SessionSeconds, first.VolumeBytesMax, first.DeviceCountMax));
        Assert.Equal("voucher:GOODCODE0001", first.Login);
        VoucherUsed used = Assert.Single(rig.Events.OfType<VoucherUsed>());
        Assert.Equal((PortalRig.Client, "GOODCODE0001", 3600L, 1ul << 20), (used.Address, used.Voucher, used.SecondsLeft, used.VolumeBytesLeft));

        rig.Subscribers.Set(rig.Subscribers[PortalRig.Client] with { Total = FakeSubscribers.Traffic(500_000, 100_000) });
        Assert.Equal(HttpStatusCode.SeeOther, (await PortalRig.Post(client, "/logout")).StatusCode);
        Assert.Equal(0, await rig.Parts.CountSessions());
        rig.Time.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(HttpStatusCode.SeeOther, (await PortalRig.Post(client, "/login", ("method", "voucher"), ("voucher", "GOOD-CODE-0001"))).StatusCode);
        LoginRequest second = rig.Subscribers.Logins[1];
        Assert.Equal((2400, (1ul << 20) - 600_000), (second.SessionSeconds, second.VolumeBytesMax));

        rig.Time.Advance(TimeSpan.FromMinutes(41));
        await PortalRig.Post(client, "/logout");
        HttpResponseMessage late = await PortalRig.Post(client, "/login", ("method", "voucher"), ("voucher", "GOOD-CODE-0001"));
        Assert.Equal(HttpStatusCode.Forbidden, late.StatusCode);
        Assert.Equal("UsedUp", Assert.Single(rig.Events.OfType<LoginRefused>()).Reason);
        Assert.Contains("used up", await late.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_BlockedOrUnknownDevice_IsRefusedAndNothingIsUsed()
    {
        await using PortalRig rig = await PortalRig.Start();
        HttpClient stranger = rig.From("127.0.0.7");
        Assert.Equal(HttpStatusCode.Conflict, (await PortalRig.Post(stranger, "/login", ("method", "voucher"), ("voucher", "GOOD-CODE-0001"))).StatusCode);
        Assert.False(Directory.Exists(rig.StateDirectory));

        rig.Subscribers.Add("127.0.0.8");
        HttpClient blocked = rig.From("127.0.0.8");
        string seal = await PortalRig.Seal(blocked);
        rig.Subscribers.Set(rig.Subscribers["127.0.0.8"] with { Auth = AuthState.NewAt(0) with { Status = AuthStatus.Blocked, Type = AuthType.Web } });
        HttpResponseMessage answer = await blocked.PostAsync("/login", PortalRig.Form(("seal", seal), ("method", "click")));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await blocked.GetAsync("/")).StatusCode);
        Assert.Empty(rig.Subscribers.Logins);
    }

    [Fact]
    public async Task Login_DeviceThatNoShardHasSeen_IsBehindThePortsAddress()
    {
        await using PortalRig rig = await PortalRig.Start(knowsPort: true);
        Assert.Equal(HttpStatusCode.SeeOther, (await PortalRig.Post(rig.From(PortalRig.Client), "/login", ("method", "click"))).StatusCode);
        Assert.Equal((byte)0, rig.Subscribers.Logins.Single().PortIndex);
    }

    [Fact]
    public async Task Login_MethodThatIsNotOffered_IsRefused()
    {
        await using PortalRig rig = await PortalRig.Start(static settings => settings with { Methods = [LoginMethod.Voucher] });
        rig.Subscribers.Add(PortalRig.Client);
        HttpClient client = rig.From(PortalRig.Client);
        foreach (string method in (string[])["click", "password", "radius", "0", "Click", ""])
            Assert.Equal(HttpStatusCode.BadRequest, (await PortalRig.Post(client, "/login", ("method", method), ("name", PortalRig.Alice), ("password", PortalRig.Password))).StatusCode);
        Assert.Empty(rig.Subscribers.Logins);
    }
}
