using Natflow.Core;
using Natflow.Flows.Users;
using Natflow.Policy.Control;
using Natflow.Policy.Qos;
using Natflow.Policy.Sets;

namespace Natflow.Policy.Tests.Qos;

public sealed class QosTests
{
    private static readonly SetCatalog Sets = new([SetFileReader.Read("lan", "f", new StringReader("10.0.0.0/8\nfd00::/8\n443\n8000-8010\n"), out _)!]);

    [Fact]
    public void Match_SeveralRules_FirstWins()
    {
        QosTable table = Table("add user=10.0.0.1", "add user=lan,proto=tcp,remote_port=lan", "add user=lan", "add user=,remote=2001:db8::/32");
        Assert.Equal(0, table.Match(Flow("10.0.0.1", "1.1.1.1", IpProtocol.Tcp, 443)));
        Assert.Equal(1, table.Match(Flow("10.0.0.2", "1.1.1.1", IpProtocol.Tcp, 8010)));
        Assert.Equal(2, table.Match(Flow("10.0.0.2", "1.1.1.1", IpProtocol.Udp, 443)));
        Assert.Equal(2, table.Match(Flow("fd00::1", "2001:db8::1", IpProtocol.Udp, 443)));
        Assert.Equal(3, table.Match(Flow("2001::1", "2001:db8::1", IpProtocol.Udp, 443)));
        Assert.Equal(-1, table.Match(Flow("11.0.0.1", "1.1.1.1", IpProtocol.Tcp, 443)));
    }

    [Fact]
    public void Match_Ipv6Literal_NeverMatchesIpv4()
    {
        QosTable table = Table("add user=::/0", "add user=a00::");
        Assert.Equal(-1, table.Match(Flow("10.0.0.0", "1.1.1.1", IpProtocol.Tcp, 443)));
        Assert.Equal(0, table.Match(Flow("a00::", "2001::1", IpProtocol.Tcp, 443)));
    }

    [Fact]
    public void Match_PortRule_NeverMatchesProtocolsWithoutPorts() =>
        Assert.Equal(-1, Table("add user=,remote_port=443", "add user=,user_port=0").Match(Flow("10.0.0.1", "1.1.1.1", IpProtocol.Icmp, 443)));

    [Fact]
    public void Match_MissingSet_MatchesNothing() => Assert.Equal(-1, Table("add user=nosuch", "add user=,remote_port=nosuch").Match(Flow("10.0.0.1", "1.1.1.1", IpProtocol.Tcp, 443)));

    [Fact]
    public void Limits_SmallRate_IsRaisedAndNeverUnlimited()
    {
        PolicyLimits limits = QosLimits.Of(rxBytesPerSecond: 1, txBytesPerSecond: 0, TimeSpan.FromMilliseconds(100));
        Assert.Equal(PolicyLimits.RateMin, limits.DownBitsPerSecond);
        Assert.Equal(0, limits.UpBitsPerSecond);
        Assert.True(limits.IsValid);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(99u)]
    [InlineData(1_310_721u)]
    [InlineData(uint.MaxValue)]
    public void Limits_AnyRateAndBurst_AreValid(uint rate)
    {
        Assert.True(QosLimits.Of(rate, rate, TimeSpan.Zero).IsValid);
        Assert.True(QosLimits.Of(rate, rate, TimeSpan.MaxValue).IsValid);
        if (rate > QosLimits.BytesPerSecondMin)
            Assert.Equal(rate * 8L, QosLimits.Of(rate, rate, TimeSpan.Zero).UpBitsPerSecond);
    }

    [Fact]
    public void Stricter_OneUnlimited_TakesTheOther()
    {
        PolicyLimits strict = QosLimits.Stricter(new PolicyLimits(0, 80_000, PolicyLimits.BurstMin), new PolicyLimits(16_000, 40_000, PolicyLimits.BurstMax));
        Assert.Equal(new PolicyLimits(16_000, 40_000, PolicyLimits.BurstMin), strict);
    }

    [Theory]
    [InlineData("1Mbps", 131_072u)]
    [InlineData("0.5 mbps", 65_536u)]
    [InlineData("8bps", 1u)]
    [InlineData("1bps", 1u)]
    [InlineData("1GBPS", 134_217_728u)]
    [InlineData("2kbps", 256u)]
    [InlineData("1000", 1000u)]
    [InlineData("0", 0u)]
    public void Rate_OperatorsUnits_AreBinary(string text, uint expected)
    {
        Assert.True(QosLimits.TryParseRate(text, out uint rate));
        Assert.Equal(expected, rate);
    }

    [Theory]
    [InlineData("")]
    [InlineData("fast")]
    [InlineData("1 Mbit")]
    [InlineData("1.2.3")]
    [InlineData("-1")]
    [InlineData("99Gbps")]
    public void Rate_NoRate_IsRefusedAndNotUnlimited(string text) => Assert.False(QosLimits.TryParseRate(text, out _));

    [Fact]
    public void ClassIds_Positions_AreTheScripts()
    {
        Assert.Equal((1, 2), (QosModel.DownClassId(0), QosModel.UpClassId(0)));
        Assert.Equal((127, 128), (QosModel.DownClassId(63), QosModel.UpClassId(63)));
    }

    private static QosTable Table(params string[] lines)
    {
        QosModel model = QosModel.Empty;
        foreach (string line in lines)
            model = QosControl.Apply(model, line).Model;
        Assert.Equal(lines.Length, model.Rules.Length);
        return new QosTable(model, Sets);
    }

    private static QosFlow Flow(string user, string remote, byte protocol, ushort remotePort) => new(Ip(user), 40000, Ip(remote), remotePort, protocol);

    private static IpAddress Ip(string text) => IpAddress.TryParse(text, out IpAddress address) ? address : throw new ArgumentException(text, nameof(text));
}
