using Natflow.Inspect.Apps;
using Natflow.Inspect.Catalogue;
using Natflow.Inspect.Observe;
using Natflow.Inspect.UrlLog;

namespace Natflow.Gateway.Inspection;

/// <summary>What a shard's inspection has to tell: visits that are merged, events, and the batches that carry both to the sink. Its worker's thread.</summary>
internal sealed class InspectionLog : IDisposable
{
    /// <summary>No host rule was hit.</summary>
    internal const byte NoSlot = UrlVisit.NoSlot;

    private const int BatchCount = 4;
    private const int EventCapacity = 4096;
    private const long NsPerMs = 1_000_000;
    private const long BatchMs = 100;
    private const long ClockMs = 1000;

    private readonly VisitLog _visits;
    private readonly Stack<InspectionBatch> _free = new(BatchCount);
    private readonly TimeProvider _clock;
    private bool _logsVisits;
    private long _nextBatchMs;
    private long _nextClockMs = long.MinValue;
    private long _offsetNs;

    internal InspectionLog(InspectionPlan plan, TimeProvider clock)
    {
        _clock = clock;
        _visits = new VisitLog(plan.UrlLog, plan.Seed);
        for (int i = 0; i < BatchCount; i++)
            _free.Push(new InspectionBatch());
    }

    /// <summary>Events that wait.</summary>
    internal AppEventQueue Events { get; } = new(EventCapacity);

    /// <summary>Nanoseconds since 1970; does not go back.</summary>
    internal long NowNs { get; private set; }

    internal void Switch(InspectionSwitch wanted)
    {
        _logsVisits = wanted.LogsVisits;
        Events.SetLimit(wanted.ReportsApps ? EventCapacity : 0);
    }

    /// <summary>Moves the clock on: the shard's, which costs nothing, set by the machine's once a second.</summary>
    internal void Tick(long nowMs)
    {
        if (nowMs >= _nextClockMs)
        {
            _nextClockMs = nowMs + ClockMs;
            _offsetNs = ((_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick) - (nowMs * NsPerMs);
        }

        NowNs = Math.Max(NowNs, (nowMs * NsPerMs) + _offsetNs);
    }

    /// <summary>A finding's visit.</summary>
    internal void Add(ObservationBatch batch, in InspectionFinding finding, in InspectedFlow flow)
    {
        if (!_logsVisits)
            return;
        ref readonly Observation observation = ref batch.Observations[finding.ObservationIndex];
        _visits.Add(batch, in observation, new UrlVisit(flow.Reply, finding.Mac, finding.AclSlot, finding.AclAction));
    }

    /// <summary>Visits of flows that the inspector let go by itself.</summary>
    internal void AddRest(ObservationBatch batch)
    {
        if (!_logsVisits)
            return;
        foreach (ref readonly Observation observation in batch.Observations)
            _visits.Add(batch, in observation, UrlVisit.Of(in observation));
    }

    internal void AddEvent(in InspectedFlow flow, in AppFlow app, AppCatalogue catalogue) =>
        Events.Add(new AppEvent(flow.Ends, NowNs, app.AnswerId, catalogue.CategoryOf(app.AnswerId), app.Source, app.IsFromReply));

    internal void AddTo(ref InspectionCounters counters)
    {
        counters.Visits = _visits.Counters.Added;
        counters.VisitsMerged = _visits.Counters.Merged;
        counters.VisitsRefused = _visits.Counters.NamesRefused + _visits.Counters.TargetsRefused + _visits.Counters.TooLong;
        counters.VisitsLost = _visits.Counters.Full;
        counters.EventsQueued = Events.Queued;
        counters.EventsSuppressed = Events.Suppressed;
        counters.EventsLost = Events.Lost;
    }

    internal InspectionBatch? TakeBatch(long nowMs)
    {
        if (nowMs < _nextBatchMs)
            return null;
        _nextBatchMs = nowMs + BatchMs;
        if (_free.Count == 0 || (Events.Count == 0 && _visits.Count == 0))
            return null;
        InspectionBatch batch = _free.Pop();
        Fill(batch, NowNs);
        if (!batch.IsEmpty)
            return batch;
        _free.Push(batch);
        return null;
    }

    internal void GiveBack(InspectionBatch batch)
    {
        batch.Clear();
        _free.Push(batch);
    }

    internal IEnumerable<InspectionBatch> TakeAll()
    {
        while (Events.Count != 0 || _visits.Count != 0)
        {
            var batch = new InspectionBatch();
            Fill(batch, long.MaxValue);
            yield return batch;
        }
    }

    public void Dispose() => _visits.Dispose();

    private void Fill(InspectionBatch batch, long nowNs)
    {
        while (batch.HasRoomForVisit && _visits.TryTake(nowNs, out UrlRecord record, out ReadOnlySpan<byte> text))
            batch.Add(in record, text);
        while (batch.HasRoomForEvent && Events.TryTake(out AppEvent appEvent))
            batch.Add(in appEvent);
    }
}
