using System.Text;
using Natflow.Core;
using Natflow.Flows.Alg.Ftp;
using Natflow.Flows.Ipv6;
using Natflow.Packets;
using Natflow.Testing;

using static Natflow.Flows.Tests.Ipv6.Ipv6Rig;

namespace Natflow.Flows.Tests.Ipv6;

public sealed class Ipv6FtpTests
{
    private const uint FirstSeq = 0xFFFF_FFF0; // Wraps soon.

    [Theory]
    [InlineData("EPRT |2|2001:db8:1::10|5001|\r\n")]
    [InlineData("eprt !2!2001:DB8:0001:0:0:0:0.0.0.16!5001!\r\n")]
    [InlineData("NOOP\r\nEPRT   |2|2001:db8:1:0:0:0:0:10|5001|\r\n")]
    public void TCP_10_AnnouncedEndpoint_IsOpenToTheServerAloneAndOnce(string command)
    {
        using var rig = new Ipv6Rig();
        Say(rig, Open(rig), command);

        rig.AssertDropped(DropReason.Filtered, Tcp(Y, A, 20, 5001, TcpFlags.Syn), Side.Wan);
        rig.AssertDropped(DropReason.Filtered, Tcp(X, A, 20, 5002, TcpFlags.Syn), Side.Wan);
        rig.AssertDropped(DropReason.Filtered, Udp(X, A, 20, 5001), Side.Wan);
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(Tcp(X, A, 20, 5001, TcpFlags.Syn)));
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromLan(Tcp(A, X, 5001, 20, TcpFlags.Syn | TcpFlags.Ack)));
        rig.AssertDropped(DropReason.Filtered, Tcp(X, A, 22, 5001, TcpFlags.Syn), Side.Wan);
        Assert.Equal((1UL, 1UL, 0), (rig.State.Alg.Counters.Expected, rig.State.Alg.Counters.Met, rig.V6.Ftp.ExpectationCount));
    }

    [Fact]
    public void TCP_10_AnnouncedEndpoint_ClosesAfterItsLifetime()
    {
        using var rig = new Ipv6Rig();
        Say(rig, Open(rig), "EPRT |2|2001:db8:1::10|5001|\r\n");
        rig.NowMs += 119_999;
        rig.State.Advance(rig.NowMs);
        Assert.Equal(1, rig.V6.Ftp.ExpectationCount);
        rig.NowMs++;
        rig.AssertDropped(DropReason.Filtered, Tcp(X, A, 20, 5001, TcpFlags.Syn), Side.Wan);
        rig.State.Advance(rig.NowMs + 100);
        Assert.Equal(0, rig.V6.Ftp.ExpectationCount);
    }

    [Theory]
    [InlineData("EPRT |2|2001:db8:1::11|5001|\r\n")] // Somebody else's address.
    [InlineData("EPRT |2|2001:db8:2::50|5001|\r\n")]
    [InlineData("EPRT |2|2001:db8:1::10|1023|\r\n")] // A privileged port.
    public void TCP_10_HostileCommand_IsNotOpenedAndCounted(string command)
    {
        using var rig = new Ipv6Rig();
        Say(rig, Open(rig), command);
        Assert.Equal((1UL, 0), (rig.State.Alg.Counters.Refused, rig.V6.Ftp.ExpectationCount));
    }

    [Fact]
    public void TCP_10_TextThatASegmentsCutMovesToTheFront_IsNoCommand()
    {
        using var rig = new Ipv6Rig();
        uint seq = Say(rig, Open(rig), "STOR a name that ends in ");
        seq = Say(rig, seq, "EPRT |2|2001:db8:1::10|5001|\r\n");
        Assert.Equal(0, rig.V6.Ftp.ExpectationCount);
        Say(rig, seq, "EPRT |2|2001:db8:1::10|5002|\r\n");
        Assert.Equal(1, rig.V6.Ftp.ExpectationCount);
    }

    [Fact]
    public void TCP_10_ExpectationsOfOneUser_AreBounded()
    {
        using var rig = new Ipv6Rig(change: static settings => settings with { Alg = settings.Alg with { ExpectationsPerUserMax = 2 } });
        uint seq = Open(rig);
        for (int port = 5001; port <= 5004; port++)
            seq = Say(rig, seq, $"EPRT |2|2001:db8:1::10|{port}|\r\n");
        seq = Say(rig, seq, "EPRT |2|2001:db8:1::10|5002|\r\n"); // Announced again: the same one.
        Assert.Equal((2, 2UL), (rig.V6.Ftp.ExpectationCount, rig.State.Alg.Counters.LimitPassed));
    }

    [Fact]
    public void TCP_10_SwitchedOff_NothingOpens()
    {
        using var rig = new Ipv6Rig(change: static settings => settings with { Alg = settings.Alg with { Ftp = false } });
        Say(rig, Open(rig), "EPRT |2|2001:db8:1::10|5001|\r\n");
        rig.AssertDropped(DropReason.Filtered, Tcp(X, A, 20, 5001, TcpFlags.Syn), Side.Wan);
    }

    [Fact]
    public void TCP_10_TranslatedSubscriber_IsCountedAsNotHelped()
    {
        using var rig = new Ipv6Rig(Defaults with
        {
            Mode = Ipv6Mode.PrefixTranslation,
            PrefixPairs = [new Ipv6PrefixPair(Prefix("2001:db8:1::/48"), Prefix("2001:db8:f::/48"))],
        });
        Say(rig, Open(rig), "EPRT |2|2001:db8:1::10|5001|\r\n");
        Assert.Equal((1UL, 0), (rig.V6.Counters.HelperUntranslated, rig.V6.Ftp.ExpectationCount));
    }

    [Fact]
    public void ControlFlow_Ends_ItsEntryIsFree()
    {
        using var rig = new Ipv6Rig(change: static settings => settings with { Alg = settings.Alg with { FlowCapacity = 1 } });
        Open(rig);
        rig.NowMs += 300_000;
        rig.State.Advance(rig.NowMs);
        Assert.Equal(0, rig.V6.Flows.Count);
        Say(rig, Open(rig), "EPRT |2|2001:db8:1::10|5001|\r\n");
        Assert.Equal((1, 0UL), (rig.V6.Ftp.ExpectationCount, rig.State.Alg.Counters.LimitPassed));
    }

    [Theory]
    [InlineData("::", "::")]
    [InlineData("::1", "::1")]
    [InlineData("1::", "1::")]
    [InlineData("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8")]
    [InlineData("1::7:8", "1::7:8")]
    [InlineData("::ffff:192.0.2.1", "::ffff:192.0.2.1")]
    [InlineData("1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:7.8.9.10")]
    public void ReadAddress_ValidText_AgreesWithTheRuntime(string text, string expected)
    {
        Assert.True(Ipv6FtpLine.TryReadAddress(Encoding.ASCII.GetBytes(text), out Ipv6Address address));
        Assert.Equal(Address(expected), address);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("1:")]
    [InlineData(":1")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1::2::3")]
    [InlineData("1:2:3:4::5:6:7:8")]
    [InlineData("12345::")]
    [InlineData("fe80::1%eth0")]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4")]
    [InlineData(":::")]
    public void ReadAddress_InvalidText_IsRefused(string text) =>
        Assert.False(Ipv6FtpLine.TryReadAddress(Encoding.ASCII.GetBytes(text), out _));

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Segments_AnyBytes_LeaveTheTablesBounded(int seed)
    {
        const string Seedling = "EPRT |2|2001:db8:1::10|5001|\r\n";
        var prng = new Prng(seed);
        using var rig = new Ipv6Rig(change: static settings => settings with { Alg = settings.Alg with { ExpectationsPerUserMax = 8 } });
        uint seq = Open(rig);
        for (int step = 0; step < 2_000; step++)
        {
            byte[] text = Encoding.ASCII.GetBytes(Seedling);
            for (int change = prng.Next(3); change > 0; change--)
                text[prng.Next(text.Length)] = (byte)prng.Next(256);
            int length = prng.Next(3) == 0 ? prng.Next(text.Length + 1) : text.Length;
            rig.FromLan(Segment(seq, text[..length], TcpFlags.Ack));
            seq += (uint)(prng.Next(4) == 0 ? prng.Next(40) : length);
        }

        Assert.InRange(rig.V6.Ftp.ExpectationCount, 1, 8);
    }

    private static uint Open(Ipv6Rig rig)
    {
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromLan(Segment(FirstSeq, [], TcpFlags.Syn)));
        return FirstSeq + 1;
    }

    private static uint Say(Ipv6Rig rig, uint seq, string text)
    {
        byte[] frame = Segment(seq, Encoding.ASCII.GetBytes(text), TcpFlags.Ack);
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromLan(frame));
        if (rig.V6.Settings.Mode == Ipv6Mode.Native)
            rig.AssertOutput(frame);
        return seq + (uint)text.Length;
    }

    private static byte[] Segment(uint seq, byte[] payload, byte flags) => Ip(A, X).Tcp(40_000, 21, flags, seq).Payload(payload).ToArray();
}
