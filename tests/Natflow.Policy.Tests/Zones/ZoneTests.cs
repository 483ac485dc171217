using Natflow.Policy.Zones;

namespace Natflow.Policy.Tests.Zones;

public sealed class ZoneTests
{
    private static readonly ZoneModel Model = new([new(ZoneKind.Lan, 0, "br-lan"), new(ZoneKind.Lan, 2, "tun+"), new(ZoneKind.Wan, 1, "eth+"), new(ZoneKind.Wan, 1, "+")]);

    [Theory]
    [InlineData("br-lan", 0)]
    [InlineData("br-lan2", 1)]
    [InlineData("tun0", 2)]
    [InlineData("tun", 1)]
    [InlineData("", -1)]
    public void Find_Interface_FirstRuleDecides(string name, int zone) => Assert.Equal(zone, Model.Find(name)?.Id ?? -1);

    [Fact]
    public void IsEither_PortOfABridge_IsOfTheBridgesZone()
    {
        Assert.True(Model.IsEither("eth1", "br-lan", ZoneKind.Lan));
        Assert.False(Model.IsEither("eth1", "", ZoneKind.Lan));
    }

    [Fact]
    public void Find_LongName_HasAZone() => Assert.NotNull(new ZoneModel([new(ZoneKind.Lan, 0, "name-of-15-char")]).Find("name-of-15-char"));
}
