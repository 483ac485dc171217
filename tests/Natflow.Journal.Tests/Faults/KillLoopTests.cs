using System.Diagnostics;
using System.Globalization;
using Natflow.Journal.Chain;
using Natflow.Journal.Events;
using Natflow.Journal.Tests.Stores;
using Natflow.Journal.Writing;
using Natflow.Testing;

namespace Natflow.Journal.Tests.Faults;

/// <summary>A process that is killed again and again under load loses nothing that it acknowledged.</summary>
[Collection(StoreCollection.Name)]
public sealed class KillLoopTests
{
    private const int AcknowledgementsMax = 200;
    private const int SlowAtOnce = 512; // The store is judged too slow at once: most events go by the spill file.

    private static int Rounds => Environment.GetEnvironmentVariable("NATFLOW_LONG") == "1" ? 50 : 8;

    public static TheoryData<string> Engines => TestJournalPlace.Engines;

    [Theory, MemberData(nameof(Engines))]
    public async Task Kill_UnderLoad_NothingAcknowledgedIsLostOrTwice(string engine)
    {
        using var place = new TestJournalPlace(engine);
        var prng = new Prng(11);
        var acknowledged = new Dictionary<(int Round, int Stream), int>();
        for (int round = 0; round < Rounds; round++)
        {
            int slowAt = round % 2 == 0 ? new JournalWriterSettings { SpillPath = "" }.SlowAt : SlowAtOnce;
            KillAfter(Start(place, round, slowAt), 1 + prng.Next(AcknowledgementsMax), round, acknowledged);
        }

        await Drain(place);
        Assert.True(acknowledged.Count >= Rounds, $"{acknowledged.Count} streams were acknowledged: it proves little");
        Assert.All(Enumerable.Range(0, 3), stream => Check(place, stream, acknowledged));
        using IJournalReader reader = place.Location.OpenReader(computesDigests: true);
        Assert.Empty(ChainVerifier.VerifyAll(reader).Findings);
    }

    private static Process Start(TestJournalPlace place, int round, int slowAt)
    {
        string location = (place.Location.IsSqlite ? "sqlite:" : "postgresql:") + place.Location.Value;
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "Natflow.Journal.Load.dll"), location, SpillPath(place), round.ToString(CultureInfo.InvariantCulture), slowAt.ToString(CultureInfo.InvariantCulture),
        ];
        return Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
    }

    // What it wrote before it died is an acknowledgement, also what is still in the pipe.
    private static void KillAfter(Process process, int lines, int round, Dictionary<(int Round, int Stream), int> acknowledged)
    {
        using (process)
        {
            for (int i = 0; process.StandardOutput.ReadLine() is { } line; i++)
            {
                string[] words = line.Split(' ');
                if (words.Length == 2 && int.TryParse(words[0], out int stream) && int.TryParse(words[1], out int last))
                    acknowledged[(round, stream)] = last;
                if (i == lines)
                    process.Kill(); // SIGKILL.
            }

            process.WaitForExit();
            Assert.Equal(128 + 9, process.ExitCode);
        }
    }

    // The last line may be cut short: its number is smaller then, never greater.
    private static void Check(TestJournalPlace place, int stream, Dictionary<(int Round, int Stream), int> acknowledged)
    {
        using IJournalReader reader = place.Location.OpenReader();
        var last = new Dictionary<int, int>();
        long number = 0;
        foreach (JournalEntry entry in reader.Replay($"load-{stream}", 1, long.MaxValue, long.MaxValue))
        {
            Assert.Equal(++number, entry.SequenceNr);
            string[] parts = ((UrlVisited)EventCatalogue.Default.Decode(entry)).Host.Split('.');
            int round = int.Parse(parts[0], CultureInfo.InvariantCulture);
            int count = int.Parse(parts[2], CultureInfo.InvariantCulture);
            Assert.Equal(last.GetValueOrDefault(round) + 1, count); // In order, none left out, none twice.
            last[round] = count;
        }

        Assert.All(acknowledged.Where(pair => pair.Key.Stream == stream), pair => Assert.True(
            last.GetValueOrDefault(pair.Key.Round) >= pair.Value, $"round {pair.Key.Round}: {pair.Value} acknowledged, {last.GetValueOrDefault(pair.Key.Round)} stored"));
    }

    private static async Task Drain(TestJournalPlace place)
    {
        using var writer = new JournalWriter(place.Location.Open, EventCatalogue.Default, new JournalWriterSettings { SpillPath = SpillPath(place) }, TimeProvider.System, static _ => { });
        do
        {
            writer.RetryNow();
            await writer.Flush();
        }
        while (writer.Status.IsSpilling);
    }

    private static string SpillPath(TestJournalPlace place) => Path.Combine(place.Directory, "spill");
}
