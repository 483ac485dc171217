using Natflow.Core;
using Natflow.Host.Replay;
using Natflow.Packets.Build;
using Natflow.Ports.Pcap;

namespace Natflow.Host.Tests.Replay;

public sealed class BadInputTests
{
    private const int PcapHeaderBytes = 24;
    private const int PcapRecordBytes = 16;

    private static readonly byte[] Udp = PacketBuilder.Ethernet().Ipv4(0x0A000001, 0xC6336401).Udp(1000, 2000).Payload(new byte[20]).ToArray();

    public static TheoryData<int> Cuts() => [.. Enumerable.Range(0, 160).Where(static bytes => bytes % 7 == 0 || bytes is 23 or 25 or 102 or 103)];

    [Theory, MemberData(nameof(Cuts))]
    public async Task Execute_CaptureCutShort_TranslatesWhatIsWhole(int keptBytes)
    {
        using var folder = new ReplayFolder();
        string path = folder.Write("in.pcap", [Udp, Udp, Udp]);
        byte[] bytes = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(path, bytes[..keptBytes]);

        ReplayOutcome outcome = await ReplayFolder.Run(new ReplayOptions { Captures = [path] });

        int recordBytes = PcapRecordBytes + Udp.Length;
        int whole = Math.Max(0, keptBytes - PcapHeaderBytes) / recordBytes;
        bool endsBetweenPackets = keptBytes >= PcapHeaderBytes && (keptBytes - PcapHeaderBytes) % recordBytes == 0;
        Assert.Equal(whole, (int)outcome.Report.Counters.TranslatedOut);
        Assert.Equal(endsBetweenPackets, outcome.IsWhole);
        Assert.Equal(endsBetweenPackets ? 0 : 1, outcome.Errors.Count + outcome.Damage.Count);
        Assert.All(outcome.Damage, damage => Assert.InRange(damage.OffsetBytes, 0, keptBytes));
    }

    [Fact]
    public async Task Execute_UnreadableBetweenGoodOnes_IsNamedAndTheOthersAreRead()
    {
        using var folder = new ReplayFolder();
        string good = folder.Write("good.pcap", [Udp, Udp]);
        string text = folder.Of("text.pcap");
        await File.WriteAllTextAsync(text, "This is no capture, whatever its name says.");
        string absent = folder.Of("absent.pcap");
        string directory = Directory.CreateDirectory(folder.Of("directory.pcap")).FullName;

        ReplayOutcome outcome = await ReplayFolder.Run(new ReplayOptions { Captures = [good, text, absent, directory, good] });

        Assert.False(outcome.IsWhole);
        Assert.Equal(4UL, outcome.Report.PacketCount);
        string[] named = [.. outcome.Errors.Select(static error => error.File).Concat(outcome.Damage.Select(static damage => damage.File)).Order()];
        Assert.Equal(new[] { absent, directory, text }.Order(), named);
    }

    [Fact]
    public async Task Execute_OutputThatCannotBeMade_ReadsNothing()
    {
        using var folder = new ReplayFolder();
        string input = folder.Write("in.pcap", [Udp]);
        string output = Path.Combine(folder.Of("absent"), "out.pcap");
        (ReplayOutcome? outcome, CaptureError? error) =
            await new ReplayRun(new ReplayOptions { Captures = [input], OutputPath = output }).Execute(static (_, _) => { });
        Assert.Null(outcome);
        Assert.NotNull(error);
        Assert.Equal(output, error.File);
    }

    [FullDeviceFact]
    public async Task Execute_OutputOnAFullDisk_IsNotWholeAndSaysWhy()
    {
        using var folder = new ReplayFolder();
        string input = folder.Write("in.pcap", Enumerable.Repeat(Udp, 20_000));
        ReplayOutcome outcome = await ReplayFolder.Run(new ReplayOptions { Captures = [input], OutputPath = FullDeviceFactAttribute.Device });
        Assert.False(outcome.IsWhole);
        Assert.NotNull(outcome.OutputFailure);
        Assert.Equal(20_000UL, outcome.Report.PacketCount);
    }

    [Fact]
    public async Task Execute_CaptureWithoutPackets_IsWholeAndAllZero()
    {
        using var folder = new ReplayFolder();
        ReplayOutcome outcome = await ReplayFolder.Run(
            new ReplayOptions { Captures = [folder.Write("in.pcap", [])], OutputPath = folder.Of("out.pcap") });
        Assert.True(outcome.IsWhole);
        Assert.Equal(0UL, outcome.Report.PacketCount);
        Assert.Empty(outcome.Report.Drops);
        Assert.Empty(ReplayFolder.Read(folder.Of("out.pcap")));
    }

    [Fact]
    public async Task Execute_FramesThatLie_EachIsDroppedForItsReason()
    {
        byte[] shortTotal = [.. Udp];
        shortTotal[17] = 19; // Total length below a header.
        byte[] longTotal = [.. Udp];
        longTotal[16] = 0x7F;
        byte[] shortUdp = [.. Udp];
        shortUdp[39] = 7;
        byte[] headerWords = [.. Udp];
        headerWords[14] = 0x44;
        PacketBuilder chain = PacketBuilder.Ethernet().Ipv6(new byte[16], new byte[16]);
        for (int i = 0; i < 200; i++)
            chain.Extension(60, new byte[6]);
        byte[][] frames = [Udp[..20], Udp[..13], shortTotal, longTotal, shortUdp, headerWords, chain.Udp(1, 2).ToArray()];
        using var folder = new ReplayFolder();

        ReplayOutcome outcome = await ReplayFolder.Run(new ReplayOptions { Captures = [folder.Write("in.pcap", frames)] });

        Fates.Check(outcome);
        Assert.True(outcome.IsWhole, "a bad packet is a counted drop, no fault of the capture");
        Assert.Equal(1UL, outcome.Report.Drops[DropReason.HeaderChainTooLong]);
        Assert.Equal(2UL, outcome.Report.Drops[DropReason.Truncated]);
        Assert.True(outcome.Report.Drops[DropReason.BadHeader] >= 1);
        Assert.True(outcome.Report.Drops[DropReason.BadLength] >= 1);
    }

    [Fact]
    public async Task Execute_UnknownLinkType_IsCountedAndNamed()
    {
        using var folder = new ReplayFolder();
        string path = folder.Write("in.pcap", [Udp, Udp]);
        byte[] bytes = await File.ReadAllBytesAsync(path);
        bytes[20] = 105; // IEEE 802.11.
        await File.WriteAllBytesAsync(path, bytes);

        ReplayOutcome outcome = await ReplayFolder.Run(new ReplayOptions { Captures = [path] });

        UnknownLinkType unknown = Assert.Single(outcome.UnknownLinkTypes);
        Assert.Equal((path, 105, 2UL), (unknown.File, unknown.LinkType, unknown.PacketCount));
        Assert.Equal(2UL, outcome.Report.Drops[DropReason.UnknownLinkType]);
    }

    [Fact]
    public void Validate_LanThatHoldsAPublicAddress_IsRefused()
    {
        Assert.True(Ipv4Prefix.TryParse("203.0.113.0/24", out Ipv4Prefix lan, out _));
        var options = new ReplayOptions { Captures = ["in.pcap"], LanPrefixes = [lan] };
        Assert.Contains(ReplayRun.Validate(options), static error => error.Contains("203.0.113.1 lies in a LAN prefix", StringComparison.Ordinal));
        Assert.Empty(ReplayRun.Validate(options with { Observe = true }));
    }

    [Fact]
    public void Validate_OutputIsACapture_IsRefusedByWhateverName()
    {
        using var folder = new ReplayFolder();
        string input = folder.Write("in.pcap", [Udp]);
        string link = folder.Of("link.pcap");
        File.CreateSymbolicLink(link, input);
        string detour = Path.Combine(Path.GetDirectoryName(input)!, ".", "in.pcap");
        foreach (string output in new[] { input, link, detour })
            Assert.Contains(ReplayRun.Validate(new ReplayOptions { Captures = [input], OutputPath = output }), static error => error.Contains("to be read"));
        Assert.Empty(ReplayRun.Validate(new ReplayOptions { Captures = [input], OutputPath = folder.Of("out.pcap") }));
    }

    [Fact]
    public void Validate_NoCaptures_IsRefused() => Assert.NotEmpty(ReplayRun.Validate(new ReplayOptions { Captures = [] }));
}
