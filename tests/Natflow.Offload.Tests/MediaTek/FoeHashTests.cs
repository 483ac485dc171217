using System.Net;
using Natflow.Offload.MediaTek;
using Natflow.Testing;

namespace Natflow.Offload.Tests.MediaTek;

/// <summary>The engine's hash against the reference vectors and a second implementation.</summary>
public sealed class FoeHashTests
{
    private const uint Gre = 0xA5A5A52F;
    private const uint Tcp = 0xA5A5A506;
    private const uint Esp = 0xA5A5A532;

    [Theory]
    [InlineData("192.168.1.10", "203.0.113.80", 0x9C4001BBu, 0x3FE95EC0u, new[] { 0x1D80, 0x3D80, 0x1B00, 0x3B00, 0x7B00 })]
    [InlineData("203.0.113.80", "198.51.100.7", 0x01BBC738u, 0x3FFCAD59u, new[] { 0x1AB2, 0x1AB2, 0x1564, 0x3564, 0x3564 })]
    [InlineData("10.0.0.2", "192.0.2.53", 0x14E90035u, 0xDEE9EBE1u, new[] { 0x17C2, 0x17C2, 0x0F84, 0x2F84, 0x2F84 })]
    [InlineData("10.1.2.3", "10.4.5.6", Gre, 0xA1A70587u, new[] { 0x0B0E, 0x0B0E, 0x161C, 0x161C, 0x161C })]
    [InlineData("192.168.1.10", "203.0.113.80", Tcp, 0xA62C7BB1u, new[] { 0x1762, 0x3762, 0x0EC4, 0x2EC4, 0x6EC4 })]
    [InlineData("2001:db8:1::10", "2001:db8:ffff::80", 0x9C4001BBu, 0xDCB365DBu, new[] { 0x0BB6, 0x0BB6, 0x176C, 0x176C, 0x176C })]
    [InlineData("2001:db8:ffff::80", "2001:db8:1::10", 0x01BB9C40u, 0xBB489F46u, new[] { 0x1E8C, 0x3E8C, 0x1D18, 0x3D18, 0x7D18 })]
    [InlineData("fd00:1:2:3:4:5:6:7", "fd00:a:b:c:d:e:f:10", Esp, 0xACAC027Bu, new[] { 0x04F6, 0x04F6, 0x09EC, 0x09EC, 0x09EC })]
    public void Hash_ReferenceVector_GivesItsIndices(string src, string dst, uint keyWord, uint fold, int[] indices)
    {
        UInt128 from = Number(src);
        UInt128 to = Number(dst);
        uint mixed = src.Contains(':', StringComparison.Ordinal) ? FoeHash.Ipv6(from, to, keyWord) : FoeHash.Ipv4((uint)from, (uint)to, keyWord);
        Assert.Equal(fold, mixed);
        Assert.Equal(
            indices,
            new[]
            {
                FoeHash.Index(mixed, FoeLayout.V1, 8192), FoeHash.Index(mixed, FoeLayout.V1, 16384), FoeHash.Index(mixed, FoeLayout.V2, 8192),
                FoeHash.Index(mixed, FoeLayout.V2, 16384), FoeHash.Index(mixed, FoeLayout.V3, 32768),
            });
    }

    [Theory, InlineData(0u), InlineData(uint.MaxValue)]
    public void Mix_SameWords_CancelOut(uint word) => Assert.Equal(0u, FoeHash.Mix(word, word, word));

    [Fact]
    public void Mix_RandomWords_AgreesWithTheBooleanForm()
    {
        var prng = new Prng(41);
        for (int step = 0; step < 20_000; step++)
        {
            uint h1 = (uint)prng.NextULong();
            uint h2 = (uint)prng.NextULong();
            uint h3 = (uint)prng.NextULong();
            ulong selected = 0;
            for (int bit = 0; bit < 32; bit++)
                selected |= (ulong)(((h1 >> bit) & 1) == 1 ? (h2 >> bit) & 1 : (h3 >> bit) & 1) << bit;
            uint rotated = (uint)((selected << 8) | (selected >> 24));
            uint mixed = rotated ^ h1 ^ h2 ^ h3;
            Assert.Equal((mixed & 0xFFFF0000) | ((mixed ^ (mixed >> 16)) & 0xFFFF), FoeHash.Mix(h1, h2, h3));
        }
    }

    private static UInt128 Number(string address)
    {
        UInt128 number = 0;
        foreach (byte part in IPAddress.Parse(address).GetAddressBytes())
            number = (number << 8) | part;
        return number;
    }
}
