using System.Net;
using Natflow.Gateway.Users;
using Natflow.Portal.Logins;
using Natflow.Portal.Radius;

namespace Natflow.Portal.Tests.Radius;

/// <summary>The page's logins by Debian's freeradius: PAP, CHAP, reports; changes by its radclient.</summary>
public sealed class FreeRadiusTests
{
    [FreeRadiusTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Login_ByTheServer_GrantsWhatItSays(bool isChap)
    {
        using FreeRadius server = await FreeRadius.Start();
        await using PortalRig rig = await Start(server, settings => settings with { IsChap = isChap });
        HttpClient client = rig.From(PortalRig.Client);
        Assert.Equal(HttpStatusCode.Forbidden, (await LogIn(client, "alice", "wrong horse")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await LogIn(client, "bob", "correct horse")).StatusCode);
        Assert.Empty(rig.Subscribers.Logins);
        Assert.Equal(HttpStatusCode.SeeOther, (await LogIn(client, "alice", "correct horse")).StatusCode);
        LoginRequest login = rig.Subscribers.Logins.Single();
        Assert.Equal(("alice", 3600L, 5_000_000ul), (login.Login, login.SessionSeconds, login.VolumeBytesMax));
        Assert.Equal((2_000_000, 10_000_000), (login.Limits.UpBitsPerSecond, login.Limits.DownBitsPerSecond));
    }

    [FreeRadiusFact]
    public async Task Login_AnswerWithoutMessageAuthenticator_IsRefusedUnlessItIsAllowed()
    {
        using FreeRadius server = await FreeRadius.Start();
        await using (PortalRig strict = await Start(server, static settings => settings with { Tries = 1, Timeout = TimeSpan.FromSeconds(1) }, TimeProvider.System))
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await LogIn(strict.From(PortalRig.Client), "unsigned", "correct horse")).StatusCode);
        await using PortalRig lax = await Start(server, static settings => settings with { RequiresMessageAuthenticator = false });
        Assert.Equal(HttpStatusCode.SeeOther, (await LogIn(lax.From(PortalRig.Client), "unsigned", "correct horse")).StatusCode);
    }

    [FreeRadiusFact]
    public async Task Session_StartInterimAndStop_AreReported()
    {
        using FreeRadius server = await FreeRadius.Start();
        await using PortalRig rig = await Start(server);
        HttpClient client = rig.From(PortalRig.Client);
        await LogIn(client, "alice", "correct horse");
        await server.Until("start", () => server.Detail.Contains("Acct-Status-Type = Start", StringComparison.Ordinal));
        Assert.Contains("Class = 0x676f6c64", server.Detail, StringComparison.Ordinal);
        Assert.Contains($"Framed-IP-Address = {PortalRig.Client}", server.Detail, StringComparison.Ordinal);
        Assert.Contains("User-Name = \"alice\"", server.Detail, StringComparison.Ordinal);

        rig.Subscribers.Set(rig.Subscribers[PortalRig.Client] with { Total = FakeSubscribers.Traffic(rx: (1ul << 32) + 4000, tx: 3000) });
        rig.Time.Advance(TimeSpan.FromSeconds(70));
        await server.Until("interim", () => server.Detail.Contains("Acct-Status-Type = Interim-Update", StringComparison.Ordinal));
        string interim = server.Detail[server.Detail.IndexOf("Interim-Update", StringComparison.Ordinal)..];
        Assert.Contains("Acct-Output-Octets = 4000", interim, StringComparison.Ordinal);
        Assert.Contains("Acct-Output-Gigawords = 1", interim, StringComparison.Ordinal);
        Assert.Contains("Acct-Input-Octets = 3000", interim, StringComparison.Ordinal);

        await PortalRig.Post(client, "/logout");
        await server.Until("stop", () => server.Detail.Contains("Acct-Status-Type = Stop", StringComparison.Ordinal));
        string stop = server.Detail[server.Detail.IndexOf("Acct-Status-Type = Stop", StringComparison.Ordinal)..];
        Assert.Contains("Acct-Terminate-Cause = User-Request", stop, StringComparison.Ordinal);
        Assert.Contains("Acct-Session-Time = 70", stop, StringComparison.Ordinal);
    }

    [FreeRadiusFact]
    public async Task Change_ByRadclient_ChangesAndEndsTheSession()
    {
        using FreeRadius server = await FreeRadius.Start();
        await using PortalRig rig = await Start(server, Listens);
        IPEndPoint to = rig.Parts.DynamicEndPoint!;
        await LogIn(rig.From(PortalRig.Client), "alice", "correct horse");

        (int exitCode, string output) = await FreeRadius.Client(to, "coa", FreeRadius.Secret, "User-Name=alice,WISPr-Bandwidth-Max-Down=4000000,Session-Timeout=7200,Port-Limit=2");
        Assert.True(exitCode == 0 && output.Contains("CoA-ACK", StringComparison.Ordinal), output);
        SessionChangeRequest change = rig.Subscribers.Changes.Single();
        Assert.Equal((2_000_000, 4_000_000), (change.Limits!.Value.UpBitsPerSecond, change.Limits!.Value.DownBitsPerSecond));
        Assert.Equal(7200, change.SecondsLeft);
        Assert.Null(change.VolumeBytesLeft);
        Assert.Equal((ushort)2, change.DeviceCountMax);

        (_, output) = await FreeRadius.Client(to, "coa", FreeRadius.Secret, "User-Name=bob,Session-Timeout=60");
        Assert.Contains("Session-Context-Not-Found", output, StringComparison.Ordinal);
        (_, output) = await FreeRadius.Client(to, "coa", FreeRadius.Secret, "Session-Timeout=60");
        Assert.Contains("Missing-Attribute", output, StringComparison.Ordinal);
        (_, output) = await FreeRadius.Client(to, "disconnect", FreeRadius.Secret, "User-Name=alice,NAS-Identifier=another");
        Assert.Contains("NAS-Identification-Mismatch", output, StringComparison.Ordinal);
        (exitCode, output) = await FreeRadius.Client(to, "disconnect", "not-the-secret", "User-Name=alice");
        Assert.True(exitCode != 0 && output.Contains("No reply", StringComparison.Ordinal), output);
        Assert.Equal(1, await rig.Parts.CountSessions());

        (exitCode, output) = await FreeRadius.Client(to, "disconnect", FreeRadius.Secret, $"User-Name=alice,Framed-IP-Address={PortalRig.Client}");
        Assert.True(exitCode == 0 && output.Contains("Disconnect-ACK", StringComparison.Ordinal), output);
        Assert.Equal(0, await rig.Parts.CountSessions());
        await server.Until("stop", () => server.Detail.Contains("Acct-Terminate-Cause = Admin-Reset", StringComparison.Ordinal));
    }

    private static RadiusSettings Listens(RadiusSettings settings) => settings with
    {
        DynamicAuthorization = new IPEndPoint(IPAddress.Loopback, 0),
        DynamicClients = [new RadiusServer(new IPEndPoint(IPAddress.Loopback, 0), new RadiusSecret(FreeRadius.Secret))],
    };

    private static async Task<PortalRig> Start(FreeRadius server, Func<RadiusSettings, RadiusSettings>? change = null, TimeProvider? clock = null)
    {
        var secret = new RadiusSecret(FreeRadius.Secret);
        var radius = new RadiusSettings
        {
            Servers = [new RadiusServer(new IPEndPoint(IPAddress.Loopback, server.Port), secret)],
            Accounting = [new RadiusServer(new IPEndPoint(IPAddress.Loopback, server.AccountingPort), secret)],
        };
        radius = change?.Invoke(radius) ?? radius;
        PortalRig rig = await PortalRig.Start(settings => settings with { Methods = [LoginMethod.Radius], Radius = radius }, clock: clock);
        rig.Subscribers.Add(PortalRig.Client);
        return rig;
    }

    private static Task<HttpResponseMessage> LogIn(HttpClient client, string name, string password) =>
        PortalRig.Post(client, "/login", ("method", "radius"), ("name", name), ("password", password));
}

/// <summary>A fact that needs freeradius.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FreeRadiusFactAttribute : FactAttribute
{
    public FreeRadiusFactAttribute() => Skip = FreeRadius.SkipReason;
}

/// <summary>A theory that needs freeradius.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FreeRadiusTheoryAttribute : TheoryAttribute
{
    public FreeRadiusTheoryAttribute() => Skip = FreeRadius.SkipReason;
}
