using System.Text;
using Natflow.Policy.Acl;
using Natflow.Policy.Auth;
using Natflow.Policy.Control;
using Natflow.Policy.Qos;
using Natflow.Policy.Zones;
using Natflow.Testing;

namespace Natflow.Policy.Tests.Control;

/// <summary>Bad lines: the original's answer on the socket, an error in words, and a model that did not change.</summary>
public sealed class BadLineTests
{
    private static readonly string[] Words =
    [
        "debug=", "disabled=", "vline_add=", "relay_add=", "ifname_group_add=", "lan_zone ", "wan_zone ", "auth id=", ",szone=", ",type=", ",sipgrp=", "add user=", ",rxbytes=", ",txbytes=",
        ",proto=", ",remote_port=", "add acl=", ",", "=", "1", "4294967296", "-1", "::/0", "1.2.3.4/33", "a,b,ipv4", "kick ", "set-status ", "set-token-ctrl ", " ", "\u0080", "é", "#", "redirect_url=", "cache=",
    ];

    [Theory]
    [InlineData("vline_add=a,b,ipv5", ControlErrno.Invalid)]
    [InlineData("vline_add=a,b,ipv4 ", ControlErrno.None)]
    [InlineData("vline_add=a,b", ControlErrno.None)]
    [InlineData("vline_add=a23456789012345678,b,all", ControlErrno.None)]
    [InlineData("ifname_group_add=nosuch", ControlErrno.NotFound)]
    [InlineData("debug=-1", ControlErrno.None)]
    [InlineData("debug=4294967296", ControlErrno.None)]
    [InlineData("hwnat=1", ControlErrno.None)]
    [InlineData("nonsense", ControlErrno.None)]
    public void Path_BadLine_ChangesNothing(string line, ControlErrno errno) => AssertRefused(PathModel.Default, PathControl.Apply(PathModel.Default, line, static _ => false), errno);

    [Theory]
    [InlineData("lan_zone 127=eth0", ControlErrno.None)]
    [InlineData("lan_zone x=eth0", ControlErrno.None)]
    [InlineData("lan_zone 0=", ControlErrno.None)]
    [InlineData("lan_zone 0=name-of-16-chars", ControlErrno.None)]
    [InlineData("wan_zone 3=eth0", ControlErrno.Invalid)]
    public void Zone_BadLine_ChangesNothing(string line, ControlErrno errno)
    {
        var model = new ZoneModel([new ZoneRule(ZoneKind.Lan, 3, "br-lan")]);
        AssertRefused(model, ZoneControl.Apply(model, line + (line.EndsWith("chars", StringComparison.Ordinal) ? "!" : "")), errno);
    }

    [Theory]
    [InlineData("auth id=1,szone=0", ControlErrno.Invalid)]
    [InlineData("auth id=1,szone=0,type=no,sipgrp=s", ControlErrno.Invalid)]
    [InlineData("auth szone=0,id=1,sipgrp=s", ControlErrno.None)]
    [InlineData("auth id=1,szone=0,sipgrp=s23456789012345678901234567890123", ControlErrno.None)]
    [InlineData("redirect_ip=10.0.0.256", ControlErrno.None)]
    [InlineData("redirect_ip=::1", ControlErrno.None)]
    [InlineData("redirect_ip6=10.0.0.1", ControlErrno.None)]
    [InlineData("https_redirect_port=65536", ControlErrno.Invalid)]
    [InlineData("https_redirect_port=80x", ControlErrno.Invalid)]
    [InlineData("cleanx", ControlErrno.None)]
    public void Auth_BadLine_ChangesNothing(string line, ControlErrno errno) => AssertRefused(AuthModel.Default, AuthControl.Apply(AuthModel.Default, line), errno);

    [Theory]
    [InlineData("add user=10.0.0.1/8")]
    [InlineData("add user=10.0.0.256")]
    [InlineData("add user=2001:db8::g")]
    [InlineData("add user=,user_port=65536")]
    [InlineData("add user=,proto=icmp,rxbytes=1,txbytes=1")]
    [InlineData("add user=,proto=tcp")]
    [InlineData("add user=,rxbytes=1")]
    [InlineData("add user=,txbytes=1,rxbytes=1")]
    [InlineData("add user=,rxbytes=-1,txbytes=1")]
    [InlineData("add user=,rxbytes=4294967296,txbytes=1")]
    [InlineData("add user=a,remote=b,remote=c")]
    [InlineData("add user=a set")]
    public void Qos_BadField_IsInvalid(string line) => AssertRefused(QosModel.Empty, QosControl.Apply(QosModel.Empty, line), ControlErrno.Invalid);

    [Fact]
    public void Qos_FullTable_AnswersAsTheOriginalButSaysSo()
    {
        QosModel model = QosModel.Empty;
        for (int i = 0; i < QosModel.RuleCountMax; i++)
            model = QosControl.Apply(model, "add user=").Model;
        AssertRefused(model, QosControl.Apply(model, "add user="), ControlErrno.None);
    }

    [Theory]
    [InlineData("add acl=64,1,a.com", ControlErrno.None)]
    [InlineData("add acl=0,4,a.com", ControlErrno.None)]
    [InlineData("add acl=0,1,", ControlErrno.None)]
    [InlineData("add acl=0,1,a b", ControlErrno.None)]
    [InlineData("acl_action_default=maybe", ControlErrno.Invalid)]
    [InlineData("redirect_url=http://a b/", ControlErrno.None)]
    public void Acl_BadLine_ChangesNothing(string line, ControlErrno errno) => AssertRefused(AclModel.Default, AclControl.Apply(AclModel.Default, line), errno);

    [Theory]
    [InlineData("kick")]
    [InlineData("kick 1.2.3")]
    [InlineData("set-status 1.2.3.4")]
    [InlineData("set-status 1.2.3.4 x")]
    [InlineData("set-token-ctrl 1.2.3.4 5")]
    public void User_BadLine_IsInvalid(string line) => Assert.Equal(ControlErrno.Invalid, UserCommand.Parse(line, out _).Errno);

    [Theory]
    [InlineData("cache=256", 256u)]
    [InlineData("cache=+1", 1u)]
    public void Queue_Cache_IsTaken(string line, uint expected)
    {
        Assert.True(QueueCommand.Parse(line, out uint count).IsTaken);
        Assert.Equal(expected, count);
    }

    [Theory]
    [InlineData("cache=1 ")]
    [InlineData("cache=")]
    [InlineData("cache=++1")]
    [InlineData("cache=4294967296")]
    [InlineData("other")]
    public void Queue_OtherLine_IsInvalid(string line) => Assert.Equal(ControlErrno.Invalid, QueueCommand.Parse(line, out _).Errno);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AnyLine_GivesAnAnswerAndDumpsThatReplay(int seed)
    {
        var prng = new Prng(seed);
        PathModel path = PathModel.Default;
        AuthModel auth = AuthModel.Default;
        ZoneModel zone = ZoneModel.Empty;
        QosModel qos = QosModel.Empty;
        AclModel acl = AclModel.Default;
        int taken = 0;
        for (int step = 0; step < 20_000; step++)
        {
            string line = string.Concat(Enumerable.Range(0, 1 + prng.Next(8)).Select(_ => Words[prng.Next(Words.Length)]));
            path = Checked(path, PathControl.Apply(path, line, static _ => true), ref taken);
            auth = Checked(auth, AuthControl.Apply(auth, line), ref taken);
            zone = Checked(zone, ZoneControl.Apply(zone, line), ref taken);
            qos = Checked(qos, QosControl.Apply(qos, line), ref taken);
            acl = Checked(acl, AclControl.Apply(acl, line), ref taken);
            _ = UserCommand.Parse(line, out _);
        }

        Assert.True(taken > 100, $"{taken} taken");
        string dump = QosControl.Dump(qos, DumpFormat.Replayable);
        QosModel again = dump.Split('\n').Aggregate(QosModel.Empty, static (model, line) => QosControl.Apply(model, line).Model);
        Assert.Equal(dump, QosControl.Dump(again, DumpFormat.Replayable));
    }

    [Theory]
    [InlineData(3)]
    public void Lines_AnyBytes_GiveLinesOrErrors(int seed)
    {
        var prng = new Prng(seed);
        var lines = new ControlLines();
        byte[] bytes = new byte[700];
        int complete = 0;
        int errors = 0;
        for (int step = 0; step < 3_000; step++)
        {
            prng.NextBytes(bytes);
            for (ReadOnlySpan<byte> rest = bytes.AsSpan(0, 1 + prng.Next(bytes.Length)); rest.Length > 0;)
            {
                ControlResult result = lines.Take(rest, out int consumed, out string? line);
                Assert.InRange(consumed, 1, rest.Length);
                rest = rest[consumed..];
                complete += line is null ? 0 : 1;
                errors += result.IsTaken ? 0 : 1;
            }
        }

        Assert.True(complete > 0 && errors > 0, $"{complete} lines, {errors} errors");
    }

    [Fact]
    public void Lines_TwoOpeners_DoNotMixHalfLines()
    {
        var one = new ControlLines();
        var other = new ControlLines();
        Assert.True(one.Take("  disab"u8, out _, out string? line).IsTaken);
        Assert.Null(line);
        _ = other.Take("debug=1\n"u8, out _, out line);
        Assert.Equal("debug=1", line);
        _ = one.Take("led=0\nrest"u8, out int consumed, out line);
        Assert.Equal("disabled=0", line);
        Assert.Equal(6, consumed);
    }

    [Fact]
    public void Lines_TooLong_IsInvalidAndForgotten()
    {
        var lines = new ControlLines();
        Assert.True(lines.Take(new byte[ControlLines.LineBytesMax].Select(static _ => (byte)'a').ToArray(), out _, out _).IsTaken);
        Assert.Equal(ControlErrno.Invalid, lines.Take("a"u8, out _, out _).Errno);
        _ = lines.Take(Encoding.UTF8.GetBytes("clear\n"), out _, out string? line);
        Assert.Equal("clear", line);
    }

    private static TModel Checked<TModel>(TModel before, ControlStep<TModel> step, ref int taken)
        where TModel : class
    {
        if (step.Result.IsTaken)
            taken++;
        else
            Assert.Same(before, step.Model);
        return step.Model;
    }

    private static void AssertRefused<TModel>(TModel before, ControlStep<TModel> step, ControlErrno errno)
        where TModel : class
    {
        Assert.False(step.Result.IsTaken);
        Assert.Equal(errno, step.Result.Errno);
        Assert.Same(before, step.Model);
        Assert.Equal(ControlAction.None, step.Action);
    }
}
