using Natflow.Core;
using Natflow.Flows.Ipv6;
using Natflow.Packets.Ip;
using Natflow.Testing;

using static Natflow.Flows.Tests.Ipv6.Ipv6Rig;

namespace Natflow.Flows.Tests.Ipv6;

public sealed class PrefixTranslationTests
{
    // The example of RFC 6296 section 3.
    private static readonly Ipv6Address Inside = Address("fd01:203:405:1::1234");
    private static readonly Ipv6Address Outside = Address("2001:db8:1:d550::1234");

    [Fact]
    public void V6_06_ExampleOfTheRfc_IsTranslatedBothWaysAndChecksumsStayUntouched()
    {
        using Ipv6Rig rig = Make();
        byte[] sent = Udp(Inside, X, 5000, 53);
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromLan(sent));
        Assert.Equal(Outside, Ipv6Address.Read(rig.Packet[8..]));
        Assert.Equal(sent.AsSpan(L4), rig.Segment);
        rig.AssertSound();

        byte[] answer = Udp(X, Outside, 53, 5000);
        for (int round = 0; round < 2; round++)
        {
            Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(answer));
            Assert.Equal(Inside, Ipv6Address.Read(rig.Packet[24..]));
            Assert.Equal(answer.AsSpan(L4), rig.Segment);
            rig.AssertSound();
        }
    }

    [Fact]
    public void V6_06_ErrorAboutATranslatedPacket_QuotesWhatWasSent()
    {
        using Ipv6Rig rig = Make();
        byte[] sent = Udp(Inside, X, 5000, 53);
        rig.FromLan(sent);
        byte[] onWan = rig.Output;
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(Error(Y, Outside, Icmpv6Type.PacketTooBig, 0, 1280, onWan)));
        rig.AssertSound();
        Assert.Equal(Inside, Ipv6Address.Read(rig.Packet[24..]));
        sent[L3 + Ipv6Rewriter.HopLimitOffset]--;
        Assert.Equal(sent.AsSpan(L3), rig.Segment[8..]);
    }

    [Fact]
    public void V6_06_InsideAddressFromOutside_HasNoWay()
    {
        using Ipv6Rig rig = Make();
        rig.FromLan(Udp(Inside, X, 5000, 53));
        rig.AssertDropped(DropReason.NoRoute, Udp(X, Inside, 53, 5000), Side.Wan);
        rig.AssertDropped(DropReason.Filtered, Udp(Y, Outside, 53, 5000), Side.Wan);
    }

    [Fact]
    public void V6_06_SubnetOfAllOnes_IsNotForwarded()
    {
        using Ipv6Rig rig = Make();
        rig.AssertDropped(DropReason.UntranslatableFamily, Udp(Address("fd01:203:405:ffff::1"), X, 1, 2), Side.Lan);
    }

    [Fact]
    public void V6_06_Hairpin_ShowsTheOutsideAddress()
    {
        using Ipv6Rig rig = Make(static settings => settings with { Filter = false });
        Ipv6Address other = Address("fd01:203:405:1::99");
        rig.FromLan(Udp(other, X, 7000, 53));
        Ipv6Address otherOutside = Ipv6Address.Read(rig.Packet[8..]);
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromLan(Udp(Inside, otherOutside, 5000, 7000)));
        Assert.Equal((Outside, other), (Ipv6Address.Read(rig.Packet[8..]), Ipv6Address.Read(rig.Packet[24..])));
        Assert.Equal(63, rig.Packet[Ipv6Rewriter.HopLimitOffset]);
        rig.AssertSound();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void V6_06_AnyPrefixes_TranslateThereAndBack(int seed)
    {
        var prng = new Prng(seed);
        byte[] bytes = new byte[16];
        for (int step = 0; step < 200; step++)
        {
            int lengthBits = 16 + prng.Next(49);
            prng.NextBytes(bytes);
            bytes[0] = 0xFD;
            var inside = new Ipv6Prefix(Ipv6Address.Read(bytes), lengthBits);
            Ipv6Address host = Ipv6Address.Read(bytes);
            prng.NextBytes(bytes);
            bytes[0] = 0x20;
            using var rig = new Ipv6Rig(new Ipv6Settings
            {
                Mode = Ipv6Mode.PrefixTranslation,
                PrefixPairs = [new Ipv6PrefixPair(inside, new Ipv6Prefix(Ipv6Address.Read(bytes), lengthBits))],
                FlowCapacity = 16,
                FragmentCapacity = 8,
            });
            byte[] sent = Udp(host, Address("2a00::1"), 5000, 53);
            Verdict verdict = rig.FromLan(sent);
            if (bytes[6] == 0xFF && verdict == Verdict.Drop)
                continue; // The subnet of all ones.
            Assert.True(verdict == Verdict.ForwardUntranslated, $"seed {seed}, step {step}");
            rig.AssertSound();
            Assert.Equal(sent.AsSpan(L4), rig.Segment);
            rig.FromWan(Udp(Address("2a00::1"), Ipv6Address.Read(rig.Packet[8..]), 53, 5000));
            Assert.True(Ipv6Address.Read(rig.Packet[24..]) == host, $"seed {seed}, step {step}");
        }
    }

    private static Ipv6Rig Make(Func<Ipv6Settings, Ipv6Settings>? change = null)
    {
        var settings = new Ipv6Settings
        {
            Mode = Ipv6Mode.PrefixTranslation,
            PrefixPairs = [new Ipv6PrefixPair(Prefix("fd01:203:405::/48"), Prefix("2001:db8:1::/48"))],
            FlowCapacity = 64,
            FragmentCapacity = 8,
        };
        return new Ipv6Rig(change?.Invoke(settings) ?? settings);
    }
}
