using Natflow.Cli.Bench.Pipeline;
using Natflow.Journal;
using Natflow.Journal.Audit;
using Natflow.Journal.Events;
using Natflow.Journal.Nat;
using Natflow.Journal.Writing;
using Natflow.Memory;

namespace Natflow.Cli.Bench.Journal;

/// <summary>Figures of one store.</summary>
internal sealed class JournalCase(string name, JournalLocation location, string directory, Action<string> progress)
{
    private const int Burst = 2048;
    private const int WaitingMax = 65536;
    private const int Questions = 300;
    private const int Rounds = 5;
    private const int ForwardedFlows = 100_000;
    private const long ForwardedPackets = 5_000_000;

    private readonly JournalWorkload _workload = new();

    /// <summary>Stores events as the gateway does, in turns with a raw insert loop, so that what else the machine does weighs on both.</summary>
    /// <param name="raw">The loop.</param>
    /// <param name="rawCount">Its events a turn.</param>
    /// <param name="count">The journal's events a turn.</param>
    internal async Task<BenchRow> Append(RawInsertLoop raw, int rawCount, int count)
    {
        double[] ours = new double[Rounds];
        double[] theirs = new double[Rounds];
        using JournalWriter writer = Open();
        await Fill(writer, JournalWorkload.UserCount + (4L * Burst)); // Tables and code are warm.
        for (int round = 0; round < Rounds; round++)
        {
            progress($"{name} append, turn {round + 1} of {Rounds}");
            theirs[round] = raw.Run(rawCount);
            long start = TimeProvider.System.GetTimestamp();
            await Fill(writer, count);
            ours[round] = count / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        }

        return new BenchRow($"{name} append", "event/s", Turns.Median(ours), Turns.Median(theirs));
    }

    /// <summary>What forwarding loses while the journal takes all events that it can, and what it takes then.</summary>
    internal async Task<IReadOnlyList<BenchRow>> BesideForwarding()
    {
        progress($"{name} beside forwarding");
        using CoreReservation? cores = CoreReservation.TryMake([0]); // As the gateway keeps its other threads off its workers' cores.
        using var rig = new PipelineRig(ForwardedFlows, FrameMix.Small, shardCount: 1);
        await rig.Open(learn: true);
        await rig.Answer();
        using JournalWriter writer = Open();
        await Fill(writer, JournalWorkload.UserCount + (4L * Burst));
        long stored = 0;
        double seconds = 0;
        (HitResult beside, HitResult alone) = await Turns.Take(
            async seed =>
            {
                using var end = new CancellationTokenSource();
                Task<long> filling = FillUntil(writer, end.Token);
                long start = TimeProvider.System.GetTimestamp();
                HitResult hit = await rig.Hit(ForwardedPackets, seed, steered: true);
                await end.CancelAsync();
                stored += await filling;
                seconds += TimeProvider.System.GetElapsedTime(start).TotalSeconds;
                return hit;
            },
            seed => rig.Hit(ForwardedPackets, seed, steered: true));
        return
        [
            new BenchRow($"forwarding beside {name}", "ns/packet", beside.NanosecondsPerPacket, alone.NanosecondsPerPacket),
            new BenchRow($"{name} append beside forwarding", "event/s", stored / seconds),
        ];
    }

    /// <summary>Brings the journal to so many events, with the snapshots that a gateway makes, and asks it.</summary>
    internal async Task<IReadOnlyList<BenchRow>> Ask(long events)
    {
        using (JournalWriter writer = Open())
        {
            await Snapshot(writer); // Of what other cases have stored: a gateway would have made some.
            long stored = await StoredAsync(writer);
            while (stored < events)
            {
                await Fill(writer, Math.Min(JournalKeeperActor.SnapshotEvery, events - stored));
                await Snapshot(writer);
                stored = await StoredAsync(writer);
                progress($"{name}: {stored / 1e6:F1} M events, {_workload.LeaseCount / 1e6:F1} M leases");
            }
        }

        progress($"{name}: questions");
        using IJournalReader reader = location.OpenReader();
        (double median, double p99, int wrong) = AskWho(reader);
        return
        [
            new BenchRow($"{name} who warm p50", "ms", median),
            new BenchRow($"{name} who warm", "ms", p99),
            new BenchRow($"{name} who wrong answers", "answers", wrong),
            new BenchRow($"{name} state at, 100 k users", "ms", TimeState(reader, isLatest: false)),
            new BenchRow($"{name} recovery, 100 k users", "ms", TimeState(reader, isLatest: true)),
            new BenchRow($"{name} events in the store", "events", reader.ReadHighestOrdering()),
            new BenchRow($"{name} leases in the store", "leases", _workload.LeaseCount),
            new BenchRow($"{name} bytes an event", "B", (double)reader.ReadSizeBytes() / reader.ReadHighestOrdering()),
        ];
    }

    private JournalWriter Open() => new(
        location.Open,
        EventCatalogue.Default,
        new JournalWriterSettings { SpillPath = Path.Combine(directory, $"{name}.spill") },
        TimeProvider.System,
        notice => progress($"{name}: {notice.Text}"));

    private async Task<long> StoredAsync(JournalWriter writer)
    {
        await writer.Flush();
        using IJournalReader reader = location.OpenReader();
        return reader.ReadHighestOrdering();
    }

    // On a thread that stands back, as the gateway's actor does that takes the shards' events.
    private Task<long> FillUntil(JournalWriter writer, CancellationToken end) => Task.Factory.StartNew(
        () =>
        {
            ThreadNiceness.TryLower(ThreadNiceness.Background);
            long count = 0;
            for (; !end.IsCancellationRequested; count += WaitingMax)
                Fill(writer, WaitingMax).GetAwaiter().GetResult();
            return count;
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    // As shards do, it goes on while the writer writes; it waits for what was given long before, so that memory stays bounded.
    private async Task Fill(JournalWriter writer, long count)
    {
        var marks = new Queue<Task>();
        for (long done = 0; done < count; done += Burst)
        {
            var kept = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            writer.Append("nat-0", _workload.Next((int)Math.Min(Burst, count - done)), _ => kept.TrySetResult());
            marks.Enqueue(kept.Task);
            if (marks.Count > WaitingMax / Burst)
                marks.Dequeue().GetAwaiter().GetResult(); // Its thread stays its own.
        }

        await writer.Flush();
    }

    private async Task Snapshot(JournalWriter writer)
    {
        StoredSnapshot snapshot;
        using (IJournalReader reader = location.OpenReader())
            snapshot = GatewayState.Load(reader, EventCatalogue.Default, reader.ReadHighestOrdering()).Write();
        await writer.Use(store => store.SaveSnapshot(snapshot));
    }

    private (double Median, double P99, int Wrong) AskWho(IJournalReader reader)
    {
        var queries = new AuditQueries(reader, EventCatalogue.Default);
        var times = new List<double>();
        int wrong = 0;
        for (int round = 0; round < 2; round++)
        {
            times.Clear();
            for (int i = 0; i < Questions; i++)
            {
                (string address, int port, long ticks, string user) = _workload.Samples[(int)((long)i * _workload.Samples.Count / Questions)];
                long start = TimeProvider.System.GetTimestamp();
                WhoAnswer answer = queries.Who(address, port, ticks + TimeSpan.TicksPerMinute);
                times.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
                wrong += answer.User == user ? 0 : 1;
            }
        }

        times.Sort();
        return (times[times.Count / 2], times[times.Count * 99 / 100], wrong);
    }

    private double TimeState(IJournalReader reader, bool isLatest)
    {
        long through = isLatest ? reader.ReadHighestOrdering() : (reader.ReadHighestOrdering() * 3 / 5) + (JournalKeeperActor.SnapshotEvery / 2);
        long start = TimeProvider.System.GetTimestamp();
        GatewayState state = GatewayState.Load(reader, EventCatalogue.Default, Math.Min(through, reader.ReadHighestOrdering()));
        double milliseconds = TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;
        if (state.Users.Count < JournalWorkload.UserCount)
            throw new InvalidOperationException($"the state has {state.Users.Count} users");
        return milliseconds;
    }
}
