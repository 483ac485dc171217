using Natflow.Policy.Acl;
using Natflow.Policy.Auth;
using Natflow.Policy.Control;
using Natflow.Policy.Qos;
using Natflow.Policy.Zones;

namespace Natflow.Policy.Tests.Control;

/// <summary>Dumps: the original's lines, and fed back they change nothing.</summary>
public sealed class DumpTests
{
    private static readonly Func<string, bool> EveryInterface = static _ => true;

    [Fact]
    public void Path_DumpFedBack_GivesTheSameModel()
    {
        PathModel model = Path(
            PathModel.Default with { HasHardware = true, HasWireless = true },
            "debug=3", "disabled=0", "hwnat=0", "hwnat_wed_disabled=1", "delay_pkts=7", "go_slowpath_if_no_qos=1", "ifname_group_type=2",
            "ifname_group_add=eth0", "ifname_group_add=eth1", "ifname_group_add=eth0", "vline_add=br-lan,usb0,ipv6", "vline_apply", "relay_add=a,b,all");
        string dump = PathControl.Dump(model, "1.0", DumpFormat.Replayable);

        foreach (PathModel start in new[] { model, PathModel.Default with { HasHardware = true, HasWireless = true } })
        {
            PathModel again = Path(start, dump.Split('\n'));
            Assert.Equal(dump, PathControl.Dump(again, "1.0", DumpFormat.Replayable));
            Assert.Equal(["vline_add=br-lan,usb0,ipv6"], again.AppliedWires.Select(static wire => wire.ToString()));
            Assert.Equal(2, again.Wires.Length);
        }
    }

    [Fact]
    public void Path_OriginalDump_HasItsLines()
    {
        PathModel model = Path(PathModel.Default with { HasHardware = true }, "vline_add=br-lan,usb0,ipv6", "ifname_group_add=eth0");
        string dump = PathControl.Dump(model, "9", DumpFormat.Original);
        Assert.StartsWith("# Version: 9\n", dump, StringComparison.Ordinal);
        Assert.EndsWith(
            "#    hwnat=1\n#    delay_pkts=0\n#    go_slowpath_if_no_qos=0\n#\n# Reload cmd:\n\ndisabled=1\nifname_group_type=0\ndebug=0\n\nifname_group_add=eth0\nvline_add=br-lan,usb0,ipv6\n",
            dump, StringComparison.Ordinal);
        Assert.DoesNotContain("hwnat=", PathControl.Dump(PathModel.Default, "9", DumpFormat.Replayable), StringComparison.Ordinal);
    }

    [Fact]
    public void Auth_DumpFedBack_KeepsTheBypassLists()
    {
        AuthModel model = Auth(
            AuthModel.Default, "clean", "disabled=0", "redirect_ip=10.0.0.1", "redirect_ip6=fd00::1", "no_flow_timeout=86400", "https_redirect_en=1",
            "https_redirect_port=8443", "auth_open_weixin_reply=1", "dst_bypasslist_name=dst", "src_bypasslist_name=src",
            "auth id=0,szone=0,type=auto,sipgrp=auth_sipgrp_0,ipwhite=,macwhite=", "auth id=1,szone=2,macwhite=m,sipgrp=s");
        string dump = AuthControl.Dump(model, DumpFormat.Replayable);
        foreach (AuthModel start in new[] { model, AuthModel.Default })
        {
            AuthModel again = Auth(start, dump.Split('\n'));
            Assert.Equal(dump, AuthControl.Dump(again, DumpFormat.Replayable));
            Assert.Equal("dst", again.DestinationBypassSet);
        }

        Assert.EndsWith(
            "#    rule(s) num=2\n#    dst_bypasslist_name=dst\n#    src_bypasslist_name=src\n#\n# Reload cmd:\n\nclean\n\n"
            + "auth id=0,szone=0,type=auto,sipgrp=auth_sipgrp_0,ipwhite=,macwhite=\nauth id=1,szone=2,type=web,sipgrp=s,ipwhite=,macwhite=m\n",
            AuthControl.Dump(model, DumpFormat.Original), StringComparison.Ordinal);
    }

    [Fact]
    public void Zone_DumpFedBack_GivesTheSameModel()
    {
        ZoneModel model = Zone(ZoneModel.Empty, "lan_zone 0=br-lan", "lan_zone 0=tun+", "wan_zone 1=wan-of-15-char+");
        Assert.Equal(3, model.Rules.Length);
        string dump = ZoneControl.Dump(model, DumpFormat.Replayable);
        Assert.Equal(dump, ZoneControl.Dump(Zone(model, dump.Split('\n')), DumpFormat.Replayable));
        Assert.EndsWith(
            "#\n# Info:#  VALID ZONE ID RANGE: 0~126\n#\n# Reload cmd:\n\nclean\n\nlan_zone 0=br-lan\nlan_zone 0=tun+\nwan_zone 1=wan-of-15-char+\n",
            ZoneControl.Dump(model, DumpFormat.Original), StringComparison.Ordinal);
    }

    [Fact]
    public void Qos_DumpFedBack_GivesTheSameModel()
    {
        QosModel model = Qos(
            QosModel.Empty, "clear", "tc_classid_mode=1",
            "add user=192.168.1.0/24,user_port=,remote=,remote_port=,proto=,rxbytes=131072,txbytes=65536",
            "add user=2001:DB8::/32,user_port=80,remote=qos_r2,remote_port=qos_rp2,proto=tcp,rxbytes=0,txbytes=1",
            "add user=,remote=1.1.1.1");
        string dump = QosControl.Dump(model, DumpFormat.Replayable);
        Assert.Equal(dump, QosControl.Dump(Qos(QosModel.Empty, dump.Split('\n')), DumpFormat.Replayable));
        Assert.EndsWith(
            "#\n# tc_classid_mode=1\n#\n# Reload cmd:\n\nclear\n\n"
            + "add user=192.168.1.0/24,user_port=,remote=,remote_port=,proto=,rxbytes=131072,txbytes=65536\n"
            + "add user=2001:db8::/32,user_port=80,remote=qos_r2,remote_port=qos_rp2,proto=tcp,rxbytes=0,txbytes=1\n"
            + "add user=,user_port=,remote=1.1.1.1,remote_port=,proto=,rxbytes=0,txbytes=0\n",
            QosControl.Dump(model, DumpFormat.Original), StringComparison.Ordinal);
    }

    [Fact]
    public void Acl_DumpFedBack_GivesTheSameModelAndIsText()
    {
        AclModel model = Acl(AclModel.Default, "acl_action_default=drop", "redirect_url=http://p/", "add acl=0,3,Example.com", "add acl=31,1,b.org", "add acl=40,0,net");
        string dump = AclControl.Dump(model, DumpFormat.Replayable);
        Assert.Equal(dump, AclControl.Dump(Acl(model, dump.Split('\n')), DumpFormat.Replayable));
        Assert.Equal(dump, AclControl.Dump(Acl(AclModel.Default, dump.Split('\n')), DumpFormat.Replayable));
        Assert.All(dump, static c => Assert.InRange(c, '\n', '~'));

        string original = AclControl.Dump(model, DumpFormat.Original);
        Assert.Contains("acl_action_default=drop\nredirect_url=http://p/\n\n\nACL0=\u00E0Example.com\nACL1=\n", original, StringComparison.Ordinal);
        Assert.EndsWith("\nACL31=\u00BFb.org\n", original, StringComparison.Ordinal);
    }

    private static PathModel Path(PathModel model, params string[] lines) => lines.Aggregate(model, static (before, line) => Taken(PathControl.Apply(before, line, EveryInterface)));

    private static AuthModel Auth(AuthModel model, params string[] lines) => lines.Aggregate(model, static (before, line) => Taken(AuthControl.Apply(before, line)));

    private static ZoneModel Zone(ZoneModel model, params string[] lines) => lines.Aggregate(model, static (before, line) => Taken(ZoneControl.Apply(before, line)));

    private static QosModel Qos(QosModel model, params string[] lines) => lines.Aggregate(model, static (before, line) => Taken(QosControl.Apply(before, line)));

    private static AclModel Acl(AclModel model, params string[] lines) => lines.Aggregate(model, static (before, line) => Taken(AclControl.Apply(before, line)));

    private static TModel Taken<TModel>(ControlStep<TModel> step)
        where TModel : class
    {
        Assert.Null(step.Result.Error);
        return step.Model;
    }
}
