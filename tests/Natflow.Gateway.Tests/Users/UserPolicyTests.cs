using Natflow.Core;
using Natflow.Flows.Users;
using Natflow.Gateway.Users;
using Natflow.Packets;
using Natflow.Policy;
using Natflow.Policy.Auth;
using Natflow.Policy.Control;
using Natflow.Policy.Users;

namespace Natflow.Gateway.Tests.Users;

/// <summary>Users decide, packets obey. The named faults of the kernel module are each shown mended.</summary>
public sealed class UserPolicyTests
{
    private const ushort Http = 80;
    private const ushort Https = 443;
    private const ushort Dns = 53;
    private const string Web = "auth id=7,szone=0,type=web,sipgrp=all,ipwhite=,macwhite=";

    private static IpAddress AliceAddress => IpAddress.FromIpv4(PolicyRig.Alice);

    [Fact]
    public void FirstPacket_OfAnUnknownAddress_MakesAUserWithAnEvent()
    {
        using var rig = new PolicyRig();
        Assert.Single(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
        UserSeen seen = Assert.Single(rig.Events.OfType<UserSeen>());
        Assert.Equal("10.0.0.1", seen.Address);
        Assert.Equal("02:00:00:00:00:01", seen.Mac);
        Assert.Equal("lan0", seen.InterfaceName);
    }

    [Fact]
    public void UnmatchedUser_BesideRules_IsDroppedButForDns()
    {
        using var rig = new PolicyRig(PolicyRig.Auth("auth id=1,szone=5,type=auto,sipgrp=all"));
        Assert.Empty(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
        Assert.Empty(rig.Send(PolicyRig.Tcp(PolicyRig.Alice, Https, TcpFlags.Syn)).Wan);
        Assert.Single(rig.Send(PolicyRig.Udp(PolicyRig.Alice, remotePort: Dns)).Wan);
        Assert.Single(rig.Send(PolicyRig.Tcp(PolicyRig.Alice, Dns, TcpFlags.Syn)).Wan);
        Assert.Equal(2ul, rig.Drops(DropReason.LoginRequired));
    }

    [Fact]
    public void UnmatchedUser_WherePassingIsChosen_Passes()
    {
        using var rig = new PolicyRig(PolicyRig.Auth("auth id=1,szone=5,type=auto,sipgrp=all") with { MayUnmatchedPass = true });
        Assert.Single(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
    }

    [Fact]
    public void UnauthenticatedUser_FirstDatagram_DoesNotLeak()
    {
        using var rig = new PolicyRig(PolicyRig.Auth(Web));
        Assert.Empty(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
        Assert.Equal((byte)AuthStatus.Required, rig.Record(PolicyRig.Alice).Status);
    }

    [Fact]
    public void UnauthenticatedUser_Http_GetsAHandshakeAndARedirect()
    {
        using var rig = new PolicyRig(PolicyRig.Auth(Web));
        (List<byte[]> wan, List<byte[]> lan) = rig.Send(PolicyRig.Tcp(PolicyRig.Alice, Http, TcpFlags.Syn));
        Assert.Empty(wan);
        byte[] handshake = Assert.Single(lan);
        Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, PolicyRig.TcpFlagsOf(handshake));
        Assert.Equal(Frames.Server, Frames.Src(handshake));

        (wan, lan) = rig.Send(PolicyRig.Tcp(PolicyRig.Alice, Http, TcpFlags.Ack | TcpFlags.Psh, 1001, 7001, "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n"));
        Assert.Empty(wan);
        byte[] redirect = Assert.Single(lan);
        Assert.Equal(TcpFlags.Fin | TcpFlags.Psh | TcpFlags.Ack, PolicyRig.TcpFlagsOf(redirect));
        Assert.StartsWith(
            "HTTP/1.1 302 Moved Temporarily\r\nConnection: close\r\nCache-Control: no-cache\r\nLocation: http://10.10.10.10/index.html?ip=10.0.0.1&mac=02-00-00-00-00-01&rid=7&_t=",
            PolicyRig.TextOf(redirect),
            StringComparison.Ordinal);
        Assert.EndsWith("\r\nContent-Length: 0\r\n\r\n", PolicyRig.TextOf(redirect), StringComparison.Ordinal);
    }

    [Fact]
    public void UnauthenticatedUser_Https_IsResetAtOnce()
    {
        using var rig = new PolicyRig(PolicyRig.Auth(Web));
        byte[] reset = Assert.Single(rig.Send(PolicyRig.Tcp(PolicyRig.Alice, Https, TcpFlags.Syn)).Lan);
        Assert.Equal(TcpFlags.Rst | TcpFlags.Ack, PolicyRig.TcpFlagsOf(reset));
    }

    [Fact]
    public void UnauthenticatedUser_PortalAndBypassSets_Pass()
    {
        using var rig = new PolicyRig(PolicyRig.Auth(Web, "dst_bypasslist_name=server"));
        Assert.Single(rig.Send(PolicyRig.Tcp(PolicyRig.Alice, Https, TcpFlags.Syn)).Wan);
        Assert.Single(rig.Send(PolicyRig.Tcp(PolicyRig.Bob, Http, TcpFlags.Syn, destination: 0xCB00_71FE)).Lan);
    }

    [Fact]
    public async Task Login_LetsAConnectionLiveThatWasRefusedBefore()
    {
        using var rig = new PolicyRig(PolicyRig.Auth(Web));
        Assert.Empty(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
        UserCommandAnswer answer = await rig.Turn(rig.Control.LogIn(new LoginRequest(AliceAddress, "anna", 3600, PolicyLimits.None, 0, 0)));
        Assert.True(answer.Result.IsTaken);
        Assert.Single(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
        Assert.Equal("anna", Assert.Single(rig.Events.OfType<UserLoggedIn>()).Login);
    }

    [Fact]
    public async Task Kick_EndsFlows_BothWays_AndTheUserStartsAnew()
    {
        using var rig = new PolicyRig(PolicyRig.Auth(Web));
        rig.Send(PolicyRig.Udp(PolicyRig.Alice));
        await rig.Turn(rig.Control.LogIn(new LoginRequest(AliceAddress, "", 0, PolicyLimits.None, 0, 0)));
        byte[] sent = Assert.Single(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
        Assert.Single(rig.Answer(PolicyRig.Reply(sent)));

        Assert.Equal(1, (await rig.Turn(rig.Control.Do(new UserCommand(UserCommandKind.Kick, AliceAddress)))).UserCount);
        Assert.Empty(rig.Answer(PolicyRig.Reply(sent)));
        Assert.Empty(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
        Assert.Single(rig.Events.OfType<UserKicked>());
    }

    [Fact]
    public async Task Block_StopsARunningFlow_AndAllowBringsItBack()
    {
        using var rig = new PolicyRig();
        byte[] sent = Assert.Single(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
        Assert.Single(rig.Answer(PolicyRig.Reply(sent)));
        await rig.Turn(rig.Control.Do(new UserCommand(UserCommandKind.SetStatus, AliceAddress, Status: 6)));
        Assert.Empty(rig.Answer(PolicyRig.Reply(sent)));
        Assert.Empty(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
        await rig.Turn(rig.Control.Do(new UserCommand(UserCommandKind.SetStatus, AliceAddress, Status: 1)));
        Assert.Single(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
    }

    [Fact]
    public async Task SetStatus_OfAStranger_IsNotFound()
    {
        using var rig = new PolicyRig();
        UserCommandAnswer answer = await rig.Turn(rig.Control.Do(new UserCommand(UserCommandKind.SetStatus, AliceAddress, Status: 6)));
        Assert.Equal(ControlErrno.NotFound, answer.Result.Errno);
    }

    [Fact]
    public async Task DecidedUser_WithoutFlows_StaysInTheShard()
    {
        using var rig = new PolicyRig();
        rig.Send(PolicyRig.Udp(PolicyRig.Alice));
        rig.Send(PolicyRig.Udp(PolicyRig.Bob));
        await rig.Turn(rig.Control.Do(new UserCommand(UserCommandKind.SetStatus, AliceAddress, Status: 6)));
        for (int minute = 0; minute < 15; minute++)
        {
            rig.Plane.Time.Advance(TimeSpan.FromMinutes(1));
            rig.Plane.Settle();
        }

        Assert.Equal(1, rig.Plane.State().Users.Count);
        Assert.Empty(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
    }

    [Fact]
    public async Task UserRate_BelowATick_IsALimitAndNotNone()
    {
        using var rig = new PolicyRig();
        rig.Send(PolicyRig.Udp(PolicyRig.Alice));
        await rig.Turn(rig.Control.Do(new UserCommand(UserCommandKind.SetRates, AliceAddress, RxBytesPerSecond: 0, TxBytesPerSecond: 99)));
        int passed = 0;
        for (int i = 0; i < 50; i++)
            passed += rig.Send(PolicyRig.Udp(PolicyRig.Alice, payloadBytes: 1000)).Wan.Count;
        Assert.InRange(passed, 1, 3);
        Assert.True(rig.Drops(DropReason.RateExceeded) >= 47);
    }

    [Fact]
    public async Task Traffic_OfAUser_IsReportedWithBothDirections()
    {
        using var rig = new PolicyRig();
        byte[] sent = Assert.Single(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
        for (int i = 0; i < 9; i++)
            rig.Answer(PolicyRig.Reply(sent, 1000));
        rig.Plane.Time.Advance(TimeSpan.FromSeconds(3));
        for (int turn = 0; turn < 10; turn++)
            rig.Plane.Turn(0);
        UserPage page = await rig.Turn(rig.Control.Page(new UserPageRequest(null, 0, 10)));
        UserView user = Assert.Single(page.Users);
        Assert.Equal(new UserTraffic(9, 9 * 1028, 1, 52), user.Total);
    }

    [Fact]
    public async Task Expiry_CountsTrafficNotConnections_AndReportsTheTotals()
    {
        using var rig = new PolicyRig(PolicyRig.Auth("no_flow_timeout=60", "auth id=1,szone=0,type=auto,sipgrp=all"));
        for (int i = 0; i < 6; i++)
        {
            Assert.Single(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan); // One flow for three minutes.
            for (int second = 0; second < 30; second++)
                Wait(rig, seconds: 1);
        }

        Assert.Empty(rig.Events.OfType<UserExpired>());
        for (int second = 0; second < 70; second++)
            Wait(rig, seconds: 1);
        Assert.Equal(6ul, Assert.Single(rig.Events.OfType<UserExpired>()).Total.TxPackets);
        Assert.Equal(0, (await rig.Turn(rig.Control.Page(new UserPageRequest(null, 0, 10)))).TotalCount);
    }

    [Fact]
    public async Task KickAll_StartsEveryUserAnew_AndEndsEveryFlow()
    {
        using var rig = new PolicyRig();
        Wait(rig, seconds: 1);
        byte[] ofAlice = Assert.Single(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
        byte[] ofBob = Assert.Single(rig.Send(PolicyRig.Udp(PolicyRig.Bob)).Wan);
        Assert.Equal(2, (await rig.Turn(rig.Control.Do(new UserCommand(UserCommandKind.KickAll)))).UserCount);
        Assert.Empty(rig.Answer(PolicyRig.Reply(ofAlice)));
        Assert.Empty(rig.Answer(PolicyRig.Reply(ofBob)));
        Assert.Equal(2, rig.Events.OfType<UserKicked>().Count());
    }

    [Fact]
    public async Task SetStatus_None_IsMatchedAnew()
    {
        using var rig = new PolicyRig(PolicyRig.Auth(Web));
        rig.Send(PolicyRig.Udp(PolicyRig.Alice));
        await rig.Turn(rig.Control.Do(new UserCommand(UserCommandKind.SetStatus, AliceAddress, Status: (byte)AuthStatus.Vip)));
        Assert.Single(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
        await rig.Turn(rig.Control.Do(new UserCommand(UserCommandKind.SetStatus, AliceAddress, Status: (byte)AuthStatus.None)));
        Assert.Equal((byte)AuthStatus.Required, rig.Record(PolicyRig.Alice).Status);
        Assert.Empty(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
    }

    private static void Wait(PolicyRig rig, int seconds)
    {
        rig.Plane.Time.Advance(TimeSpan.FromSeconds(seconds));
        rig.Plane.Settle();
    }

    [Fact]
    public async Task RuleChange_JudgesLivingFlowsAnew()
    {
        using var rig = new PolicyRig();
        Assert.Single(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
        await rig.Turn(rig.Control.Write(ControlDevice.User, ["disabled=0", "auth id=1,szone=9,type=auto,sipgrp=none"], isWhole: true));
        Assert.Empty(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
        await rig.Turn(rig.Control.Write(ControlDevice.User, ["disabled=1"], isWhole: true));
        Assert.Single(rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan);
    }
}
