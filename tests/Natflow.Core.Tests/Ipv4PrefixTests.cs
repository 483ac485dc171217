namespace Natflow.Core.Tests;

public sealed class Ipv4PrefixTests
{
    [Theory]
    [InlineData("10.0.0.0/8", 0x0A000000u, 8)]
    [InlineData("0.0.0.0/0", 0u, 0)]
    [InlineData("192.0.2.1", 0xC0000201u, 32)]
    public void TryParse_Valid_GivesNetworkAndLength(string text, uint network, int lengthBits)
    {
        Assert.True(Ipv4Prefix.TryParse(text, out Ipv4Prefix prefix, out _));
        Assert.Equal((network, lengthBits), (prefix.Network, prefix.LengthBits));
    }

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/x")]
    [InlineData("10.0.0/8")]
    [InlineData("10.1")]
    [InlineData("::1/128")]
    [InlineData("300.0.0.1")]
    [InlineData("10.0.0.1/8")]
    public void TryParse_Invalid_SaysWhatIsWrongWithTheText(string text)
    {
        Assert.False(Ipv4Prefix.TryParse(text, out _, out string? error));
        Assert.Contains($"'{text}'", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.255.255.255", true)]
    [InlineData("10.0.0.0/8", "11.0.0.0", false)]
    [InlineData("0.0.0.0/0", "255.255.255.255", true)]
    [InlineData("192.0.2.1/32", "192.0.2.2", false)]
    public void Contains_Boundaries(string text, string addressText, bool expected)
    {
        Assert.True(Ipv4Prefix.TryParse(text, out Ipv4Prefix prefix, out _));
        Assert.True(Ipv4Prefix.TryParseAddress(addressText, out uint address));

        Assert.Equal(expected, prefix.Contains(address));
        Assert.Equal(addressText, Ipv4Prefix.ToText(address));
    }
}
