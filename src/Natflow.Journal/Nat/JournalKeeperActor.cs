using Natflow.Actors;
using Natflow.Actors.Event;
using Natflow.Journal.Audit;
using Natflow.Journal.Events;
using Natflow.Journal.Writing;

namespace Natflow.Journal.Nat;

/// <summary>Keeps a journal in shape: snapshots of the state, so that questions about a time read little, and retention.</summary>
public sealed class JournalKeeperActor : ReceiveActor, IWithTimers
{
    /// <summary>Events from one snapshot to the next.</summary>
    public const long SnapshotEvery = 250_000;

    private const int TicksPerTrim = 60;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly JournalWriter _writer;
    private readonly JournalLocation _location;
    private readonly EventCatalogue _catalogue;
    private readonly Retention _retention;
    private readonly TimeProvider _clock;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private long _snapshotAt;
    private int _tickCount;

    /// <summary>Makes the actor.</summary>
    /// <param name="writer">The journal's writer.</param>
    /// <param name="location">Where the journal is.</param>
    /// <param name="catalogue">Its events.</param>
    /// <param name="retention">How long events are kept.</param>
    /// <param name="clock">Time.</param>
    public JournalKeeperActor(JournalWriter writer, JournalLocation location, EventCatalogue catalogue, Retention retention, TimeProvider clock)
    {
        _writer = writer;
        _location = location;
        _catalogue = catalogue;
        _retention = retention;
        _clock = clock;
        ReceiveAsync<Tick>(_ => OnTick());
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, Interval);

    private async Task OnTick()
    {
        try
        {
            if (_writer.Status.Stored - _snapshotAt >= SnapshotEvery)
                await Snapshot();
            if (++_tickCount % TicksPerTrim == 0)
                await Trim();
        }
        catch (StoreUnavailableException failure)
        {
            _log.Warning("the journal is not kept in shape: {0}", failure.Message);
        }
    }

    private async Task Snapshot()
    {
        _snapshotAt = _writer.Status.Stored;
        StoredSnapshot snapshot = await Task.Run(() =>
        {
            using IJournalReader reader = _location.OpenReader();
            return GatewayState.Load(reader, _catalogue, reader.ReadHighestOrdering()).Write();
        });
        await _writer.Use(store => store.SaveSnapshot(snapshot));
    }

    private async Task Trim()
    {
        JournalTrimmed? trimmed = null;
        await _writer.Use(store => trimmed = _retention.Apply(store, _catalogue, _clock.GetUtcNow().UtcTicks));
        if (trimmed is null)
            return;
        _writer.Append(StoreWriter.OwnStream, [new JournalFact(trimmed)]);
        _log.Info("retention removed {0} events", trimmed.Count);
    }

    private sealed record Tick
    {
        internal static readonly Tick Instance = new();
    }
}
