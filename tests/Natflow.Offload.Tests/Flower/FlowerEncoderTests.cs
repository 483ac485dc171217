using System.Diagnostics;
using System.Globalization;
using Natflow.Offload.Flower;
using Natflow.Testing;
using Natflow.Testing.Namespaces;

namespace Natflow.Offload.Tests.Flower;

/// <summary>Requests against what <c>tc</c> sends, byte for byte; and back.</summary>
public sealed class FlowerEncoderTests
{
    public static TheoryData<string> Requests() => [.. GoldenMessages.Rules, "qdisc", "get", "delete", "flush"];

    public static TheoryData<string> Rules() => [.. GoldenMessages.Rules];

    [Theory, MemberData(nameof(Requests))]
    public void Encode_Request_IsWhatTcSends(string name) =>
        Assert.Equal(Describe(GoldenMessages.Read(name)), Describe(GoldenMessages.Encode(name)));

    [Fact]
    public void Encode_SnatRule_HasTheLengthOfTheReference() => Assert.Equal(556, GoldenMessages.Encode("snat-tcp-out").Length);

    [Theory, MemberData(nameof(Rules))]
    public void TryDecode_WhatTcSends_IsTheRule(string name)
    {
        FlowerStatus status = FlowerDecoder.TryDecode(GoldenMessages.Read(name).AsSpan(TcNumber.HeaderBytes), out FlowerRule rule, out FlowerStatistics statistics);
        Assert.Equal(FlowerStatus.Decoded, status);
        Assert.Equal(GoldenMessages.Rule(name), rule);
        Assert.Equal(default, statistics);
    }

    [Fact]
    public void EncodeAndDecode_TwoTagsAndCookie_ComeBack()
    {
        FlowerRule rule = GoldenMessages.Rule("vlan-push") with { OutVlan = 100, InnerOutVlan = 200, Cookie = 0x0123456789ABCDEF };
        byte[] buffer = new byte[FlowerEncoder.RequestBytesMax];
        Span<byte> message = FlowerEncoder.Add(buffer, rule);
        Assert.Equal(FlowerStatus.Decoded, FlowerDecoder.TryDecode(message[TcNumber.HeaderBytes..], out FlowerRule read, out _));
        Assert.Equal(rule, read);
    }

    [Theory, InlineData(71), InlineData(72)]
    public void EncodeAndDecode_RandomRules_GiveThemBack(int seed)
    {
        var prng = new Prng(seed);
        byte[] buffer = new byte[FlowerEncoder.RequestBytesMax];
        for (int step = 0; step < 3_000; step++)
        {
            bool isIpv6 = prng.Next(3) == 0;
            FlowerRule rule = Next(prng, GoldenMessages.Rule(GoldenMessages.Rules[prng.Next(GoldenMessages.Rules.Length)]), isIpv6);
            Assert.Equal(FlowerStatus.Decoded, FlowerDecoder.TryDecode(FlowerEncoder.Add(buffer, rule)[TcNumber.HeaderBytes..], out FlowerRule read, out _));
            Assert.True(rule == read, $"seed {seed}, step {step}");
        }
    }

    [Theory, InlineData(81), InlineData(82)]
    public void TryDecode_DamagedMessages_GiveAStatus(int seed)
    {
        var prng = new Prng(seed);
        var statuses = new HashSet<FlowerStatus>();
        for (int step = 0; step < 20_000; step++)
        {
            byte[] message = GoldenMessages.Encode(GoldenMessages.Rules[step % GoldenMessages.Rules.Length]);
            for (int flips = 1 + prng.Next(4); flips > 0; flips--)
                message[prng.Next(message.Length)] = (byte)prng.NextULong();
            int length = prng.Next(4) == 0 ? prng.Next(message.Length) : message.Length;
            statuses.Add(FlowerDecoder.TryDecode(message.AsSpan(0, length)[Math.Min(length, TcNumber.HeaderBytes)..], out _, out _));
        }

        Assert.Equal([FlowerStatus.Decoded, FlowerStatus.Malformed, FlowerStatus.OtherKind, FlowerStatus.Foreign], statuses.Order());
    }

    [Theory, InlineData(91)]
    public void TryRead_AnyDatagram_GivesAnAnswerOrNone(int seed)
    {
        var prng = new Prng(seed);
        byte[] reply = new byte[ITcTransport.ReplyBytesMax];
        int answers = 0;
        for (int step = 0; step < 20_000; step++)
        {
            byte[] datagram = new byte[prng.Next(120)];
            prng.NextBytes(datagram);
            if (datagram.Length >= 16)
            {
                BitConverter.TryWriteBytes(datagram, (uint)prng.Next(datagram.Length + 4));
                BitConverter.TryWriteBytes(datagram.AsSpan(4), (ushort)(prng.Next(2) == 0 ? TcNumber.Error : TcNumber.NewFilter));
                BitConverter.TryWriteBytes(datagram.AsSpan(8), 5u);
            }

            if (TcReply.TryRead(datagram, 5, reply, out int replyBytes, out int errno, out _)) answers += errno >= 0 && replyBytes >= 0 ? 1 : 0;
        }

        Assert.True(answers > 100);
    }

    [NamespaceFact]
    public void Capture_TcOfThisMachine_StillSendsTheGoldenBytes()
    {
        if (!IsThere("tc") || !IsThere("strace")) return; // The golden files stand for it.
        string folder = Directory.CreateTempSubdirectory("nf-tc").FullName;
        try
        {
            using Process capture = Process.Start(new ProcessStartInfo("/bin/sh", [Path.Combine(GoldenMessages.Folder, "capture.sh"), folder]))!;
            capture.WaitForExit();
            Assert.Equal(0, capture.ExitCode);
            foreach (string name in GoldenMessages.Rules.Append("qdisc").Append("get").Append("delete").Append("flush"))
                Assert.Equal(Describe(GoldenMessages.Encode(name)), Describe(GoldenMessages.Read(name, folder)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool IsThere(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Any(folder => File.Exists(Path.Combine(folder, program)));

    private static FlowerRule Next(Prng prng, in FlowerRule rule, bool isIpv6) => rule with
    {
        IsIpv6 = isIpv6,
        DecrementTtl = !isIpv6 && prng.Next(2) == 0,
        Src = isIpv6 ? new UInt128(prng.NextULong(), prng.NextULong()) : (uint)prng.NextULong(),
        Dst = isIpv6 ? new UInt128(prng.NextULong(), prng.NextULong()) : (uint)prng.NextULong(),
        SrcPort = (ushort)prng.NextULong(),
        DstPort = (ushort)prng.NextULong(),
        NewSrc = isIpv6 ? 0 : (uint)prng.NextULong(),
        NewDst = isIpv6 ? 0 : (uint)prng.NextULong(),
        NewSrcPort = isIpv6 ? (ushort)0 : (ushort)prng.NextULong(),
        NewDstPort = isIpv6 ? (ushort)0 : (ushort)prng.NextULong(),
        SrcMac = prng.NextULong() >> 16,
        DstMac = prng.NextULong() >> 16,
        OutInterfaceIndex = (int)prng.NextULong(),
        Handle = (uint)prng.NextULong(),
        Cookie = prng.NextULong(),
    };

    // Fixed part and one line an attribute, so that a difference shows its place.
    private static List<string> Describe(byte[] message)
    {
        var lines = new List<string> { Convert.ToHexString(message.AsSpan(0, Math.Min(message.Length, 36))) };
        DescribeAttributes(message.AsSpan(Math.Min(message.Length, 36)), "", lines);
        return lines;
    }

    private static void DescribeAttributes(ReadOnlySpan<byte> attributes, string path, List<string> lines)
    {
        while (attributes.Length >= 4)
        {
            int lengthBytes = BitConverter.ToUInt16(attributes);
            string here = path + "/" + BitConverter.ToUInt16(attributes[2..]).ToString("x", CultureInfo.InvariantCulture);
            if (lengthBytes < 4 || lengthBytes > attributes.Length) break;
            ReadOnlySpan<byte> value = attributes[4..lengthBytes];
            bool isNest = here is "/2" or "/2/3" || here.EndsWith("/8002", StringComparison.Ordinal) || here.EndsWith("/8005", StringComparison.Ordinal)
                || here.EndsWith("/8006", StringComparison.Ordinal) || (path == "/2/3");
            lines.Add(isNest ? $"{here} {lengthBytes}" : $"{here} {lengthBytes} {Convert.ToHexString(value)}");
            if (isNest) DescribeAttributes(value, here, lines);
            attributes = attributes[Math.Min((lengthBytes + 3) & ~3, attributes.Length)..];
        }

        lines.Add($"{path} rest {Convert.ToHexString(attributes)}");
    }
}
