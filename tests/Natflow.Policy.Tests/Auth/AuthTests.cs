using Natflow.Core;
using Natflow.Policy.Auth;
using Natflow.Policy.Control;
using Natflow.Policy.Sets;

namespace Natflow.Policy.Tests.Auth;

public sealed class AuthTests
{
    private const uint Timeout = 1800;
    private static readonly AuthState Fresh = AuthState.NewAt(0);
    private static readonly AuthMatch Web = new(AuthType.Web, 7, IsWhite: false, Generation: 1);
    private static readonly AuthMatch Unmatched = new(AuthType.Unknown, AuthState.NoRule, IsWhite: false, Generation: 1);
    private static readonly IpAddress User = Ip("10.0.0.1");
    private static readonly IpAddress Remote = Ip("1.1.1.1");

    [Theory]
    [InlineData(AuthType.Auto, false, AuthStatus.Ok)]
    [InlineData(AuthType.Web, false, AuthStatus.Required)]
    [InlineData(AuthType.Web, true, AuthStatus.Vip)]
    [InlineData(AuthType.Unknown, false, AuthStatus.None)]
    public void Seen_FirstPacket_GetsTheRulesStatus(AuthType type, bool isWhite, AuthStatus expected) =>
        Assert.Equal(expected, Step(Fresh, new AuthEvent(AuthEventKind.Seen, new AuthMatch(type, 7, isWhite, 1)), 1, out _).Status);

    [Fact]
    public void Seen_RulesGone_UserIsUnmatchedAndDoesNotPass()
    {
        AuthState required = Step(Fresh, new AuthEvent(AuthEventKind.Seen, Web), 1, out _);
        AuthState after = Step(required, new AuthEvent(AuthEventKind.Seen, Unmatched with { Generation = 2 }), 2, out AuthEffects effects);
        Assert.Equal(AuthStatus.None, after.Status);
        Assert.True(effects.HasFlag(AuthEffects.Recompile));
        Assert.Equal(AuthVerdict.Drop, AuthGate.Judge(Table(), after, Packet(IpProtocol.Tcp, 443), mayUnmatchedPass: false));
        Assert.Equal(AuthVerdict.Pass, AuthGate.Judge(Table(), after, Packet(IpProtocol.Tcp, 443), mayUnmatchedPass: true));
    }

    [Theory]
    [InlineData(AuthStatus.Ok)]
    [InlineData(AuthStatus.Vip)]
    [InlineData(AuthStatus.Blocked)]
    public void Seen_NewRules_LeaveDecidedUsersAlone(AuthStatus status)
    {
        AuthState state = Step(Fresh, new AuthEvent(AuthEventKind.StatusSet, Status: status), 1, out _);
        Assert.Equal(status, Step(state, new AuthEvent(AuthEventKind.Seen, Web), 2, out AuthEffects effects).Status);
        Assert.Equal(AuthEffects.None, effects);
    }

    [Fact]
    public void Kicked_LoggedInUser_StartsAnewAndLosesItsFlows()
    {
        AuthState loggedIn = Step(Step(Fresh, new AuthEvent(AuthEventKind.Seen, Web), 1, out _), new AuthEvent(AuthEventKind.LoggedIn), 2, out _);
        AuthState kicked = Step(loggedIn, new AuthEvent(AuthEventKind.Kicked), 3, out AuthEffects effects);
        Assert.Equal((AuthStatus.Ok, AuthStatus.None, AuthState.NoRule), (loggedIn.Status, kicked.Status, kicked.RuleId));
        Assert.True(effects.HasFlag(AuthEffects.EndFlows) && effects.HasFlag(AuthEffects.Recompile) && effects.HasFlag(AuthEffects.ResetCounters));
        Assert.Equal(AuthStatus.Required, Step(kicked, new AuthEvent(AuthEventKind.Seen, Web), 4, out _).Status);
    }

    [Fact]
    public void StatusSet_Blocked_EndsFlowsAndNoLoginHelps()
    {
        AuthState blocked = Step(Fresh, new AuthEvent(AuthEventKind.StatusSet, Status: AuthStatus.Blocked), 1, out AuthEffects effects);
        Assert.True(effects.HasFlag(AuthEffects.EndFlows));
        Assert.Equal(AuthStatus.Blocked, Step(blocked, new AuthEvent(AuthEventKind.LoggedIn), 2, out _).Status);
        Assert.Equal(AuthVerdict.Drop, AuthGate.Judge(Table(), blocked, Packet(IpProtocol.Udp, 53), mayUnmatchedPass: true));
    }

    [Fact]
    public void Tick_Session_EndsAtItsTime()
    {
        AuthState state = Step(Step(Fresh, new AuthEvent(AuthEventKind.Seen, Web), 0, out _), new AuthEvent(AuthEventKind.LoggedIn, SessionMs: 1000), 0, out _);
        Assert.Equal(AuthStatus.Ok, Step(state, new AuthEvent(AuthEventKind.Tick), 999, out _).Status);
        AuthState ended = Step(state, new AuthEvent(AuthEventKind.Tick), 1000, out AuthEffects effects);
        Assert.Equal(AuthStatus.Required, ended.Status);
        Assert.True(effects.HasFlag(AuthEffects.EndFlows));
    }

    [Fact]
    public void Tick_Idle_ExpiresByTypeAndIsReported()
    {
        _ = Step(Fresh, new AuthEvent(AuthEventKind.Tick), 299_999, out AuthEffects before);
        _ = Step(Fresh, new AuthEvent(AuthEventKind.Tick), 300_000, out AuthEffects after);
        Assert.Equal((AuthEffects.None, AuthEffects.Expire | AuthEffects.Report), (before, after));

        AuthState matched = Step(Fresh, new AuthEvent(AuthEventKind.Seen, Web), 0, out _);
        AuthState active = Step(matched, new AuthEvent(AuthEventKind.Traffic), 1_000_000, out _);
        _ = Step(matched, new AuthEvent(AuthEventKind.Tick), 1_800_000, out AuthEffects idle);
        _ = Step(active, new AuthEvent(AuthEventKind.Tick), 1_800_000, out AuthEffects alive);
        Assert.Equal((true, AuthEffects.None), (idle.HasFlag(AuthEffects.Expire), alive));
    }

    [Theory]
    [InlineData(IpProtocol.Udp, 40000, 53, "1.1.1.1", AuthVerdict.PassUnauthenticated)]
    [InlineData(IpProtocol.Tcp, 40000, 53, "1.1.1.1", AuthVerdict.PassUnauthenticated)]
    [InlineData(IpProtocol.Udp, 68, 67, "255.255.255.255", AuthVerdict.PassUnauthenticated)]
    [InlineData(IpProtocol.Udp, 546, 547, "ff02::1:2", AuthVerdict.PassUnauthenticated)]
    [InlineData(IpProtocol.Udp, 547, 9999, "2001::1", AuthVerdict.Drop)]
    [InlineData(IpProtocol.Udp, 40000, 443, "1.1.1.1", AuthVerdict.Drop)]
    [InlineData(IpProtocol.Icmp, 0, 0, "1.1.1.1", AuthVerdict.Drop)]
    [InlineData(IpProtocol.Icmp, 53, 53, "1.1.1.1", AuthVerdict.Drop)]
    [InlineData(IpProtocol.Tcp, 40000, 80, "1.1.1.1", AuthVerdict.RedirectHttp)]
    [InlineData(IpProtocol.Tcp, 40000, 443, "1.1.1.1", AuthVerdict.RedirectHttps)]
    [InlineData(IpProtocol.Tcp, 40000, 22, "1.1.1.1", AuthVerdict.Reset)]
    [InlineData(IpProtocol.Tcp, 40000, 8080, "10.10.10.10", AuthVerdict.PassUnauthenticated)]
    [InlineData(IpProtocol.Udp, 40000, 9, "9.9.9.9", AuthVerdict.PassUnauthenticated)]
    public void Judge_MustLogIn_FirstPacketNeverLeaks(byte protocol, int sourcePort, int port, string destination, AuthVerdict expected)
    {
        AuthState required = Step(Fresh, new AuthEvent(AuthEventKind.Seen, Web), 1, out _);
        IpAddress to = Ip(destination);
        IpAddress from = to.IsIpv6 ? Ip("fe80::1") : User;
        Assert.Equal(expected, AuthGate.Judge(Table(), required, new AuthPacket(true, from, to, protocol, (ushort)sourcePort, (ushort)port), mayUnmatchedPass: false));
    }

    [Fact]
    public void Judge_VisitorOfAServer_IsNotSentToThePortal()
    {
        AuthState required = Step(Fresh, new AuthEvent(AuthEventKind.Seen, Web), 1, out _);
        var packet = new AuthPacket(IsFromUser: false, Remote, User, IpProtocol.Tcp, 40000, 80);
        Assert.Equal(AuthVerdict.Drop, AuthGate.Judge(Table(), required, packet, mayUnmatchedPass: false));
    }

    [Fact]
    public void Judge_AfterLogin_TheSameFlowPasses()
    {
        AuthState required = Step(Fresh, new AuthEvent(AuthEventKind.Seen, Web), 1, out _);
        AuthState loggedIn = Step(required, new AuthEvent(AuthEventKind.LoggedIn), 2, out AuthEffects effects);
        Assert.True(effects.HasFlag(AuthEffects.Recompile));
        Assert.Equal(AuthVerdict.Pass, AuthGate.Judge(Table(), loggedIn, Packet(IpProtocol.Tcp, 22), mayUnmatchedPass: false));
    }

    [Fact]
    public void Match_Rules_FirstOfZoneAndSet()
    {
        AuthTable table = Table();
        Assert.Equal(new AuthMatch(AuthType.Web, 1, false, 0), table.Match(0, 127, User, 0));
        Assert.Equal(new AuthMatch(AuthType.Web, 1, true, 0), table.Match(127, 0, User, 0x020000000001));
        Assert.Equal(new AuthMatch(AuthType.Auto, 2, false, 0), table.Match(5, 5, User, 0));
        Assert.Equal(AuthType.Unknown, table.Match(0, 0, Ip("192.0.2.1"), 0).Type);
    }

    private static AuthTable Table()
    {
        AuthModel model = AuthModel.Default;
        foreach (string line in (string[])["disabled=0", "https_redirect_en=1", "dst_bypasslist_name=free", "auth id=1,szone=0,type=web,sipgrp=lan,macwhite=macs", "auth id=2,szone=5,type=auto,sipgrp=lan"])
            model = AuthControl.Apply(model, line).Model;
        Assert.Equal(2, model.Rules.Length);
        return new AuthTable(model, new SetCatalog([Set("lan", "10.0.0.0/8"), Set("macs", "02:00:00:00:00:01"), Set("free", "9.9.9.9")]));
    }

    private static NamedSet Set(string name, string text) => SetFileReader.Read(name, "f", new StringReader(text), out _)!;

    private static AuthPacket Packet(byte protocol, ushort port) => new(true, User, Remote, protocol, 40000, port);

    private static AuthState Step(in AuthState state, in AuthEvent authEvent, long nowMs, out AuthEffects effects) => AuthMachine.Step(state, authEvent, Timeout, nowMs, out effects);

    private static IpAddress Ip(string text) => IpAddress.TryParse(text, out IpAddress address) ? address : throw new ArgumentException(text, nameof(text));
}
