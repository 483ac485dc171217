using Natflow.Flows.Users;
using Natflow.Gateway.Users;
using Natflow.Policy;
using Natflow.Policy.Auth;
using Natflow.Policy.Control;
using Natflow.Policy.Users;

namespace Natflow.Gateway.Tests.Users;

/// <summary>Sessions: limits that come, change and go with them, and what a login joins for as long as it holds.</summary>
public sealed class SessionTests
{
    private const string Web = "auth id=7,szone=0,type=web,sipgrp=all,ipwhite=,macwhite=";
    private static readonly PolicyLimits TenMegabit = new(10_000_000, 10_000_000, PolicyLimits.None.Burst);

    private static IpAddress Alice => IpAddress.FromIpv4(PolicyRig.Alice);

    private static IpAddress Bob => IpAddress.FromIpv4(PolicyRig.Bob);

    [Fact]
    public async Task Login_OfAHostThatNoShardHasSeen_MakesItAUserBehindThePort()
    {
        using var rig = new PolicyRig(PolicyRig.Auth(Web));
        Assert.Equal(ControlErrno.NotFound, (await rig.Turn(rig.Control.LogIn(Login(Alice, "alice")))).Result.Errno);
        Assert.True((await rig.Turn(rig.Control.LogIn(Login(Alice, "alice") with { PortIndex = 0 }))).Result.IsTaken);
        UserSeen seen = rig.Events.OfType<UserSeen>().Single();
        Assert.Equal(("lan0", ""), (seen.InterfaceName, seen.Mac)); // No packet has told its MAC.
        rig.Send(PolicyRig.Udp(PolicyRig.Alice)); // The shard hears of the login when it asks who that is.
        Assert.Single(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
        Assert.Equal((await View(rig, Alice)).Mac, MacOf(rig.Events.OfType<UserMoved>().Single())); // What it is asked for one day is on record.
    }

    [Fact]
    public async Task Login_IsAnsweredWhenItIsInForceAndOnRecord()
    {
        using PolicyRig rig = Seen(PolicyRig.Alice);
        Action? keep = null;
        rig.OnWhenKept = done => keep = done;
        Task<UserCommandAnswer> asked = rig.Control.LogIn(Login(Alice, "alice"));
        keep!();
        Assert.False(asked.IsCompleted); // Its shard has not heard of it: who opens a page now is turned away.
        rig.Plane.Settle();
        Assert.True((await asked).Result.IsTaken);

        asked = rig.Control.LogOut(Alice);
        rig.Plane.Settle();
        Assert.False(asked.IsCompleted); // In force, but on no record.
        keep();
        Assert.True((await asked).Result.IsTaken);
    }

    [Fact]
    public async Task Login_MoreDevicesThanAllowed_IsRefusedAndTheOthersStay()
    {
        using PolicyRig rig = Seen(PolicyRig.Alice, PolicyRig.Bob);
        Assert.True((await rig.Turn(rig.Control.LogIn(Login(Alice, "family", devices: 1)))).Result.IsTaken);
        UserCommandAnswer refused = await rig.Turn(rig.Control.LogIn(Login(Bob, "family", devices: 1)));
        Assert.Equal(ControlErrno.Busy, refused.Result.Errno);
        Assert.Equal(AuthStatus.Ok, (await View(rig, Alice)).Auth.Status);
        Assert.Equal(AuthStatus.Required, (await View(rig, Bob)).Auth.Status);
        Assert.Single(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
        Assert.Empty(rig.Send(PolicyRig.Udp(PolicyRig.Bob)).Wan);
    }

    [Fact]
    public async Task Logout_OfALoginOfTwoDevices_PartsThem_SoThatTheNextLoginLetsOneIn()
    {
        using PolicyRig rig = Seen(PolicyRig.Alice, PolicyRig.Bob);
        await rig.Turn(rig.Control.LogIn(Login(Alice, "family")));
        await rig.Turn(rig.Control.LogIn(Login(Bob, "family")));
        Assert.Equal((await View(rig, Alice)).Id, (await View(rig, Bob)).Id);
        await rig.Turn(rig.Control.LogOut(Bob));
        Assert.NotEqual((await View(rig, Alice)).Id, (await View(rig, Bob)).Id);
        Assert.Empty(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
        Assert.Empty(rig.Send(PolicyRig.Udp(PolicyRig.Bob)).Wan);

        await rig.Turn(rig.Control.LogIn(Login(Alice, "carol")));
        Assert.Single(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
        Assert.Empty(rig.Send(PolicyRig.Udp(PolicyRig.Bob)).Wan);
        await rig.Turn(rig.Control.LogIn(Login(Bob, "family")));
        Assert.Equal(("carol", "family"), ((await View(rig, Alice)).Login, (await View(rig, Bob)).Login));
    }

    [Fact]
    public async Task Kick_OfALoginOfTwoDevices_PartsThemToo()
    {
        using PolicyRig rig = Seen(PolicyRig.Alice, PolicyRig.Bob);
        await rig.Turn(rig.Control.LogIn(Login(Alice, "family")));
        await rig.Turn(rig.Control.LogIn(Login(Bob, "family")));
        await rig.Turn(rig.Control.Do(new UserCommand(UserCommandKind.Kick, Alice)));
        await rig.Turn(rig.Control.LogIn(Login(Bob, "bob")));
        Assert.Empty(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
        Assert.Single(rig.Send(PolicyRig.Udp(PolicyRig.Bob)).Wan);
    }

    [Fact]
    public async Task Limits_OfASession_EndWithIt_ThoseOfTheOperatorDoNot()
    {
        using PolicyRig rig = Seen(PolicyRig.Alice);
        await rig.Turn(rig.Control.LogIn(Login(Alice, "alice") with { Limits = TenMegabit }));
        Assert.Equal(TenMegabit, (await View(rig, Alice)).Limits);
        await rig.Turn(rig.Control.LogOut(Alice));
        Assert.Equal(PolicyLimits.None, (await View(rig, Alice)).Limits);

        await rig.Turn(rig.Control.LogIn(Login(Alice, "alice")));
        await rig.Turn(rig.Control.Limit(Alice, TenMegabit));
        await rig.Turn(rig.Control.LogOut(Alice));
        Assert.Equal(TenMegabit, (await View(rig, Alice)).Limits);
    }

    [Fact]
    public async Task Change_OfARunningSession_IsInForceAtOnce()
    {
        using PolicyRig rig = Seen(PolicyRig.Alice);
        Assert.Equal(ControlErrno.Busy, (await rig.Turn(rig.Control.Change(new SessionChangeRequest(Alice) { SecondsLeft = 60 }))).Result.Errno);
        await rig.Turn(rig.Control.LogIn(Login(Alice, "alice")));
        Assert.Null((await View(rig, Alice)).SessionMsLeft);
        var change = new SessionChangeRequest(Alice) { SecondsLeft = 60, Limits = TenMegabit, VolumeBytesLeft = 1000 };
        Assert.True((await rig.Turn(rig.Control.Change(change))).Result.IsTaken);
        UserView view = await View(rig, Alice);
        Assert.Equal((60_000, 1000ul, TenMegabit), (view.SessionMsLeft!.Value, view.VolumeBytesLeft!.Value, view.Limits));
        Assert.Single(rig.Events.OfType<UserSessionChanged>());

        UserCommandAnswer wrong = await rig.Turn(rig.Control.Change(new SessionChangeRequest(Alice) { SecondsLeft = 5, Limits = new PolicyLimits(1, 1, PolicyLimits.None.Burst) }));
        Assert.False(wrong.Result.IsTaken);
        Assert.Equal(60_000, (await View(rig, Alice)).SessionMsLeft);

        rig.Plane.Time.Advance(TimeSpan.FromSeconds(61));
        rig.Plane.Settle();
        Assert.Equal(LogoutCause.Time, rig.Events.OfType<UserLoggedOut>().Single().Cause);
        Assert.Empty(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
    }

    [Fact]
    public void BytesLeft_CountsFromTheBase()
    {
        var quota = new UserQuota(1000, 500, 0, 0);
        Assert.Equal(1000ul, quota.BytesLeft(new UserTraffic(0, 100, 0, 0)));
        Assert.Equal(700ul, quota.BytesLeft(new UserTraffic(0, 500, 0, 300)));
        Assert.Equal(0ul, quota.BytesLeft(new UserTraffic(0, 5000, 0, 0)));
        Assert.Null(default(UserQuota).BytesLeft(new UserTraffic(0, 5000, 0, 0)));
    }

    [Theory]
    [InlineData("", 80, "http://10.10.10.10/index.html?ip=10.0.0.1&mac=02-00-00-00-00-01&rid=7&_t=9")]
    [InlineData("", 8880, "http://10.10.10.10:8880/index.html?ip=10.0.0.1&mac=02-00-00-00-00-01&rid=7&_t=9")]
    [InlineData("https://portal.example/login", 80, "https://portal.example/login?ip=10.0.0.1&mac=02-00-00-00-00-01&rid=7&_t=9")]
    [InlineData("https://portal.example/?site=3", 80, "https://portal.example/?site=3&ip=10.0.0.1&mac=02-00-00-00-00-01&rid=7&_t=9")]
    public void Location_IsTheOperatorsPortal(string url, int port, string expected) => Assert.Equal(
        expected, PortalLocation.Of(AuthModel.Default with { RedirectUrl = url, RedirectPort = (ushort)port }, Alice, PolicyRig.Mac, 7, 9));

    private static LoginRequest Login(IpAddress address, string login, ushort devices = 0) => new(address, login, 0, PolicyLimits.None, 0, devices);

    private static PolicyRig Seen(params uint[] hosts)
    {
        var rig = new PolicyRig(PolicyRig.Auth(Web));
        foreach (uint host in hosts)
            rig.Send(PolicyRig.Udp(host));
        return rig;
    }

    private static async Task<UserView> View(PolicyRig rig, IpAddress address) => (await rig.Turn(rig.Control.Page(new UserPageRequest(address, 0, 1)))).Users.Single();

    private static ulong MacOf(UserMoved moved)
    {
        Assert.True(MacText.TryParse(moved.Mac, out ulong mac));
        Assert.NotEqual(0ul, mac);
        return mac;
    }
}
