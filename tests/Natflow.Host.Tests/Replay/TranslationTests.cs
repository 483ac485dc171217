using Natflow.Core;
using Natflow.Host.Replay;
using Natflow.Testing;
using Natflow.Testing.Packets;

namespace Natflow.Host.Tests.Replay;

public sealed class TranslationTests
{
    private const int TalkCount = 120;
    private const int PacketCount = 4000;

    private static readonly Ipv4Prefix Lan = Prefix("10.1.0.0/16");

    public static TheoryData<int, bool> Seeds()
    {
        var cases = new TheoryData<int, bool>();
        for (int seed = 1; seed <= 4; seed++)
        {
            cases.Add(seed, true);
            cases.Add(seed, false);
        }

        return cases;
    }

    [Theory, MemberData(nameof(Seeds))]
    public async Task Execute_RandomTalks_EachFlowIsConsistentInBothDirections(int seed, bool namesLan)
    {
        using var folder = new ReplayFolder();
        var capture = new SyntheticCapture(seed, TalkCount, PacketCount);
        ReplayOptions options = new()
        {
            Captures = [folder.Write("in.pcap", capture.Frames)],
            LanPrefixes = namesLan ? [Lan] : [],
            OutputPath = folder.Of("out.pcap"),
        };

        ReplayOutcome outcome = await ReplayFolder.Run(options);

        Assert.True(outcome.IsWhole, string.Join("; ", outcome.Report.Drops));
        Assert.Empty(outcome.Report.Drops);
        Assert.Equal(PacketCount, (int)(outcome.Report.Counters.TranslatedOut + outcome.Report.Counters.TranslatedIn));
        Assert.Equal(outcome.Report.Counters.TranslatedIn, outcome.Report.Replay.AnswersChecked);
        Check(capture, ReplayFolder.Read(options.OutputPath), options.PublicAddresses);
    }

    [Fact]
    public async Task Execute_SameCaptureTwice_WritesTheSameBytes()
    {
        using var folder = new ReplayFolder();
        string input = folder.Write("in.pcap", new SyntheticCapture(seed: 9, TalkCount, PacketCount).Frames);
        foreach (string name in new[] { "first.pcap", "second.pcap" })
            await ReplayFolder.Run(new ReplayOptions { Captures = [input], OutputPath = folder.Of(name) });

        byte[] first = await File.ReadAllBytesAsync(folder.Of("first.pcap"));
        Assert.True(first.Length > PacketCount * 40);
        Assert.Equal(first, await File.ReadAllBytesAsync(folder.Of("second.pcap")));
    }

    [Fact]
    public async Task Execute_Observe_WritesEachFrameAsItIsAndCountsConversations()
    {
        using var folder = new ReplayFolder();
        var capture = new SyntheticCapture(seed: 3, TalkCount, PacketCount);
        ReplayOptions options = new()
        {
            Captures = [folder.Write("in.pcap", capture.Frames)],
            OutputPath = folder.Of("out.pcap"),
            Observe = true,
        };

        ReplayOutcome outcome = await ReplayFolder.Run(options);

        Assert.Equal(PacketCount, (int)outcome.Report.Replay.Observed);
        Assert.Equal(0UL, outcome.Report.Counters.TranslatedOut);
        Assert.Equal(TalkCount, (int)outcome.Report.Replay.Conversations);
        Assert.Equal(Enumerable.Range(0, PacketCount).Select(number => capture[number].Talk.Inside).Distinct().Count(), outcome.Report.ObservedUserCount);
        Assert.Equal(capture.Frames, ReplayFolder.Read(options.OutputPath));
    }

    [Fact]
    public async Task Execute_SeveralCaptures_KeepsFlowsFromOneToTheNext()
    {
        using var folder = new ReplayFolder();
        var capture = new SyntheticCapture(seed: 5, TalkCount, PacketCount);
        string first = folder.Write("1.pcap", capture.Frames.Take(PacketCount / 2));
        string second = folder.Write("2.pcap", capture.Frames.Skip(PacketCount / 2));
        string whole = folder.Write("whole.pcap", capture.Frames);

        ReplayOutcome inTwo = await ReplayFolder.Run(new ReplayOptions { Captures = [first, second], OutputPath = folder.Of("out.pcap") });
        ReplayOutcome inOne = await ReplayFolder.Run(new ReplayOptions { Captures = [whole] });

        Assert.Equal(inOne.Report.Counters.FlowsOpened, inTwo.Report.Counters.FlowsOpened);
        Assert.Equal(inOne.Report.Counters.MappingsMade, inTwo.Report.Counters.MappingsMade);
        Assert.Equal(inOne.Report.PacketCount, inTwo.Report.PacketCount);
        Check(capture, ReplayFolder.Read(folder.Of("out.pcap")), ReplayOptions.DefaultPublicAddresses);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public async Task Execute_AnyFrames_EachPacketHasOneFate(int seed)
    {
        using var folder = new ReplayFolder();
        var prng = new Prng(seed);
        var frames = new List<byte[]>();
        for (int i = 0; i < 6000; i++)
            frames.Add(Damaged(prng, prng.NextFrame(prng.Next(RandomFrames.ShapeCount))));

        ReplayOutcome outcome = await ReplayFolder.Run(
            new ReplayOptions { Captures = [folder.Write("in.pcap", frames)], OutputPath = folder.Of("out.pcap") });

        Fates.Check(outcome);
        Assert.Equal(frames.Count, (int)outcome.Report.PacketCount);
        Assert.Equal(0UL, outcome.Report.Replay.AnswersWrong);
        foreach (DropReason reason in new[] { DropReason.Truncated, DropReason.BadHeader, DropReason.BadLength })
            Assert.True(outcome.Report.Drops.ContainsKey(reason), $"seed {seed} reached no {reason}");
    }

    // Every packet on the WAN: which endpoint is it of, and is that endpoint nobody else's?
    private static void Check(SyntheticCapture capture, List<byte[]> written, IReadOnlyList<uint> publicAddresses)
    {
        Assert.Equal(PacketCount, written.Count);
        var external = new Dictionary<(byte, uint, ushort), (uint, ushort)>();
        var owners = new Dictionary<(byte, uint, ushort), (byte, uint, ushort)>();
        foreach (byte[] frame in written)
        {
            Assert.Null(FrameChecker.FindFault(frame));
            (Talk talk, bool fromInside) = capture[SyntheticCapture.NumberOf(frame)];
            Endpoints ends = Endpoints.Of(frame);
            (uint Address, ushort Port) ours = fromInside ? (ends.Src, ends.SrcPort) : (ends.Dst, ends.DstPort);
            Assert.Equal(talk.Remote, fromInside ? ends.Dst : ends.Src);
            Assert.True(talk.IsPing || talk.RemotePort == (fromInside ? ends.DstPort : ends.SrcPort));
            Assert.Contains(ours.Address, publicAddresses);
            Assert.True(external.TryAdd(talk.InsideEnd, ours) || external[talk.InsideEnd] == ours, $"{talk}: two external endpoints");
            (byte, uint, ushort) place = (talk.Protocol, ours.Address, ours.Port);
            Assert.True(owners.TryAdd(place, talk.InsideEnd) || owners[place] == talk.InsideEnd, $"{place}: two owners");
        }
    }

    private static byte[] Damaged(Prng prng, byte[] frame)
    {
        switch (prng.Next(4))
        {
            case 0:
                return frame[..prng.Next(frame.Length + 1)];
            case 1:
                for (int i = prng.Next(6); i >= 0; i--)
                    frame[prng.Next(frame.Length)] = (byte)prng.Next(256);
                return frame;
            default:
                return frame;
        }
    }

    private static Ipv4Prefix Prefix(string text) =>
        Ipv4Prefix.TryParse(text, out Ipv4Prefix prefix, out string? error) ? prefix : throw new FormatException(error);
}
