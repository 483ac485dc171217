using Natflow.Host.Replay;
using Natflow.Testing;

namespace Natflow.Host.Tests.Replay;

public sealed class SharedCapturesTests
{
    // Versions that do not exist, a section header that runs over, a file cut short.
    private static readonly HashSet<string> Damaged = new(StringComparer.Ordinal)
    {
        "libpcap/pcap-invalid-version-1.pcap",
        "libpcap/pcapng-invalid-vers-1.pcapng",
        "libpcap/pcapng-invalid-vers-2.pcapng",
        "libpcap/shb-option-too-long.pcapng",
        "ndpi/fuzz-2021-10-13.pcap",
    };

    public static TheoryData<string> Sources() =>
        [.. Directory.GetDirectories(SharedData.Path("data", "pcap")).Select(static folder => Path.GetFileName(folder)).Order()];

    [SharedTheory, MemberData(nameof(Sources))]
    public async Task Execute_EachSharedCaptureAlone_IsWholeUnlessDamaged(string source)
    {
        var failures = new List<string>();
        foreach (string path in Captures(source))
        {
            string name = Path.GetRelativePath(SharedData.Path("data", "pcap"), path);
            ReplayOutcome outcome = await ReplayFolder.Run(new ReplayOptions { Captures = [path] });
            Fates.Check(outcome);
            if (outcome.IsWhole == Damaged.Contains(name))
                failures.Add($"{name}: {string.Join("; ", outcome.Errors)}{string.Join("; ", outcome.Damage)}, {outcome.Report.Replay.AnswersWrong} wrong");
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    [SharedFact]
    public async Task Execute_AllSharedCapturesTogether_WritesTheSameBytesEachTime()
    {
        using var folder = new ReplayFolder();
        foreach (string name in new[] { "1.pcap", "2.pcap" })
        {
            ReplayOutcome outcome = await ReplayFolder.Run(new ReplayOptions { Captures = Captures(""), OutputPath = folder.Of(name) });
            Fates.Check(outcome);
            Assert.Empty(outcome.Errors);
            Assert.Equal(Damaged.Count, outcome.Damage.Count);
            Assert.True(outcome.Report.Replay.AnswersChecked > 10_000);
            Assert.Equal(0UL, outcome.Report.Replay.AnswersWrong);
        }

        Assert.Equal(await File.ReadAllBytesAsync(folder.Of("1.pcap")), await File.ReadAllBytesAsync(folder.Of("2.pcap")));
    }

    [TsharkFact]
    public async Task Execute_AllSharedCaptures_TsharkFindsNoFaultThatWasNotRecorded()
    {
        using var folder = new ReplayFolder();
        string recorded = folder.Of("recorded.pcap");
        string translated = folder.Of("translated.pcap");
        ReplayOutcome observed = await ReplayFolder.Run(new ReplayOptions { Captures = Captures(""), OutputPath = recorded, Observe = true });
        ReplayOutcome outcome = await ReplayFolder.Run(new ReplayOptions { Captures = Captures(""), OutputPath = translated });

        Tshark before = Tshark.Read(recorded);
        Tshark after = Tshark.Read(translated);

        Assert.Equal((int)observed.WrittenCount, before.PacketCount);
        Assert.Equal((int)outcome.WrittenCount, after.PacketCount);
        Assert.True(before.FaultCount > 1000, "the shared captures hold thousands of packets with bad checksums");
        string[] added = [.. after.AddedTo(before)];
        Assert.True(added.Length == 0, string.Join('\n', added.Take(50)));
    }

    private static string[] Captures(string source) =>
        [.. Directory.EnumerateFiles(SharedData.Path("data", "pcap", source), "*", SearchOption.AllDirectories)
            .Where(static path => Path.GetExtension(path) is ".pcap" or ".pcapng" or ".cap").Order(StringComparer.Ordinal)];
}
