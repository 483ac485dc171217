using Natflow.Policy.Control;

namespace Natflow.Policy.Tests.Control;

/// <summary>Listings, commands on users, and the small devices.</summary>
public sealed class ListingTests
{
    [Fact]
    public void User_Line_IsTheOriginals()
    {
        var listing = new UserListing { Address = Ip("192.168.1.2"), Mac = 0x02AABBCCDDEE, Type = 1, Status = 6, RuleId = 255, IdleSeconds = 7, Rx = (1, 2), Tx = (3, 4), RxSpeed = (5, 6), TxSpeed = (7, 8), InterfaceName = "eth0" };
        Assert.Equal("192.168.1.2,02:aa:bb:cc:dd:ee,0x1,0x6,255,7,1:2,3:4,5:6,7:8,eth0", listing.ToString());
        Assert.Equal(
            "2001:0db8:0000:0000:0000:0000:0000:0001,00:00:00:00:00:00,0x0,0x0,0,0,0:0,0:0,0:0,0:0,",
            new UserListing { Address = Ip("2001:db8::1") }.ToString());
    }

    [Fact]
    public void User_Commands_AreRead()
    {
        Assert.True(UserCommand.Parse("set-token-ctrl 2001:db8::1 1000 2000", out UserCommand rates).IsTaken);
        Assert.Equal(new UserCommand(UserCommandKind.SetRates, Ip("2001:db8::1"), 0, 1000, 2000), rates);
        Assert.True(UserCommand.Parse("set-status 10.0.0.1 262", out UserCommand status).IsTaken);
        Assert.Equal(new UserCommand(UserCommandKind.SetStatus, Ip("10.0.0.1"), 6), status);
        Assert.True(UserCommand.Parse("kickall", out UserCommand all).IsTaken);
        Assert.Equal(UserCommandKind.KickAll, all.Kind);
        Assert.True(UserCommand.Parse("kick 10.0.0.1", out UserCommand one).IsTaken);
        Assert.Equal(UserCommandKind.Kick, one.Kind);
    }

    [Fact]
    public void Conntrack_Line_IsTheOriginals()
    {
        var original = new ConntrackDirection(Ip("10.0.0.2"), Ip("1.1.1.1"), 40000, 443, 3, 180);
        var reply = new ConntrackDirection(Ip("1.1.1.1"), Ip("203.0.113.7"), 443, 1024, 2, 120);
        Assert.Equal(
            "ipv4     2 tcp      6 431999 ESTABLISHED src=10.0.0.2 dst=1.1.1.1 sport=40000 dport=443 packets=3 bytes=180 src=1.1.1.1 dst=203.0.113.7 sport=443 dport=1024 packets=2 bytes=120 [ASSURED] mark=5 use=1",
            new ConntrackListing(6, 431999, "ESTABLISHED", original, reply, IsReplied: true, IsAssured: true, Mark: 5).ToString());
        Assert.Equal(
            "ipv4     2 icmp     1 29 src=10.0.0.2 dst=1.1.1.1 type=8 code=0 id=77 packets=1 bytes=84 [UNREPLIED] src=1.1.1.1 dst=203.0.113.7 type=0 code=0 id=77 packets=0 bytes=0 mark=0 use=1",
            new ConntrackListing(1, 29, "", original with { SourcePort = 77, DestinationPort = 0x800, Packets = 1, Bytes = 84 }, reply with { SourcePort = 77, DestinationPort = 0, Packets = 0, Bytes = 0 }, false, false, 0).ToString());
        Assert.True(ConntrackListing.Parse("kickall", out ControlAction action).IsTaken);
        Assert.Equal(ControlAction.EndFlows, action);
        Assert.False(ConntrackListing.Parse("kickall ", out _).IsTaken);
    }

    [Fact]
    public void Dpi_Words_AreExact()
    {
        bool isEnabled = false;
        Assert.True(DpiControl.Apply(ref isEnabled, "enable=1", out _).IsTaken);
        Assert.True(isEnabled);
        Assert.Equal(ControlErrno.Invalid, DpiControl.Apply(ref isEnabled, "enable=2", out _).Errno);
        Assert.True(DpiControl.Apply(ref isEnabled, "events_clear", out ControlAction action).IsTaken);
        Assert.Equal(ControlAction.ClearDpi, action);
        Assert.True(DpiControl.Apply(ref isEnabled, "disable", out _).IsTaken);
        Assert.False(isEnabled);
        Assert.EndsWith(
            "#    version=3 header_len=78\n\nstate=disabled\nenable=0\nmatches=4\n",
            DpiControl.Dump("1", isEnabled, [new("matches", 4)]), StringComparison.Ordinal);
    }

    [Fact]
    public void UrlStore_Files_HoldNumbers()
    {
        ControlStep<UrlStoreModel> step = UrlStoreModel.Default.Write("timestamp_freq", "30\n");
        Assert.Equal("30\n", step.Model.Read("timestamp_freq", 0));
        Assert.Equal("4\n", step.Model.Read("count", 4));
        Assert.Equal(ControlErrno.NotPermitted, step.Model.Write("count", "1").Result.Errno);
        Assert.Equal(ControlErrno.Invalid, step.Model.Write("enable", "x").Result.Errno);
        Assert.Equal(ControlErrno.NotFound, step.Model.Write("nosuch", "1").Result.Errno);
        Assert.Null(step.Model.Read("nosuch", 0));
    }

    private static IpAddress Ip(string text) => IpAddress.TryParse(text, out IpAddress address) ? address : throw new ArgumentException(text, nameof(text));
}
