using Natflow.Core;
using Natflow.Packets.Family;
using Natflow.Testing;

namespace Natflow.Packets.Tests.Family;

public sealed class Nat64PrefixTests
{
    // The table of RFC 6052 section 2.4 for 192.0.2.33.
    [Theory]
    [InlineData("2001:db8::/32", "2001:db8:c000:221::")]
    [InlineData("2001:db8:100::/40", "2001:db8:1c0:2:21::")]
    [InlineData("2001:db8:122::/48", "2001:db8:122:c000:2:2100::")]
    [InlineData("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::")]
    [InlineData("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::")]
    [InlineData("2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33")]
    [InlineData("64:ff9b::/96", "64:ff9b::192.0.2.33")]
    public void N64_05_ExamplesOfTheRfc_EmbedAndExtract(string prefixText, string expected)
    {
        Assert.True(Ipv6Prefix.TryParse(prefixText, out Ipv6Prefix ipv6, out _));
        var prefix = new Nat64Prefix(ipv6);
        uint addressBe = BitConverter.ToUInt32([192, 0, 2, 33]);
        Assert.True(Ipv6Address.TryParse(expected, out Ipv6Address address));
        Assert.Equal(address, prefix.Embed(addressBe));
        Assert.True(prefix.TryExtract(in address, out uint extracted));
        Assert.Equal(addressBe, extracted);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void N64_05_AnyPrefixAndAddress_EmbedAndExtract(int seed)
    {
        var prng = new Prng(seed);
        byte[] bytes = new byte[16];
        int[] lengths = [32, 40, 48, 56, 64, 96];
        for (int step = 0; step < 3_000; step++)
        {
            prng.NextBytes(bytes);
            bytes[8] = 0;
            var prefix = new Nat64Prefix(new Ipv6Prefix(Ipv6Address.Read(bytes), lengths[prng.Next(lengths.Length)]));
            uint addressBe = (uint)prng.NextULong();
            Ipv6Address embedded = prefix.Embed(addressBe);
            Assert.True(prefix.TryExtract(in embedded, out uint extracted) && extracted == addressBe, $"seed {seed}, step {step}");
            embedded.Write(bytes);
            Assert.Equal(0, bytes[8]);
            bytes[0] ^= 1;
            Assert.False(prefix.TryExtract(Ipv6Address.Read(bytes), out _));
        }
    }

    [Theory]
    [InlineData("2001:db8::/33")]
    [InlineData("2001:db8::/128")]
    [InlineData("2001:db8:0:0:100::/96")]
    public void N64_05_IllegalPrefix_IsRefusedInWords(string text)
    {
        Assert.True(Ipv6Prefix.TryParse(text, out Ipv6Prefix prefix, out _));
        Assert.NotNull(Nat64Prefix.Check(prefix));
        Assert.Throws<ArgumentException>(() => new Nat64Prefix(prefix));
    }

    [Fact]
    public void N64_05_ReservedByteSet_IsNotExtracted()
    {
        Assert.True(Ipv6Prefix.TryParse("2001:db8::/32", out Ipv6Prefix ipv6, out _));
        Assert.True(Ipv6Address.TryParse("2001:db8:c000:221:100::", out Ipv6Address address));
        Assert.False(new Nat64Prefix(ipv6).TryExtract(in address, out _));
    }
}
