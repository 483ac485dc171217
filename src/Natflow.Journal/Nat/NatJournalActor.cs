using Natflow.Actors;
using Natflow.Flows;
using Natflow.Gateway.Nat;
using Natflow.Gateway.Workers;
using Natflow.Journal.Events;
using Natflow.Journal.Writing;
using Natflow.Memory;

namespace Natflow.Journal.Nat;

/// <summary>Takes the translation events of all shards off their rings and gives them to the journal, each shard's to a stream of its own.</summary>
public sealed class NatJournalActor : ReceiveActor, IWithTimers
{
    private const int BurstMax = 4096;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private readonly IReadOnlyList<NatEventLink> _links;
    private readonly JournalWriter _writer;
    private readonly TimeProvider _clock;
    private readonly NatEvent[] _burst = new NatEvent[BurstMax];
    private readonly ulong[] _lost;
    private readonly bool _hasOwnThread;

    /// <summary>Makes the actor.</summary>
    /// <param name="links">One a shard; this is their only reader.</param>
    /// <param name="writer">Takes the events.</param>
    /// <param name="clock">The shards' clock.</param>
    /// <param name="hasOwnThread">Whether it is alone on its dispatcher's thread, which then stands back behind forwarding.</param>
    public NatJournalActor(IReadOnlyList<NatEventLink> links, JournalWriter writer, TimeProvider clock, bool hasOwnThread = false)
    {
        _hasOwnThread = hasOwnThread;
        _links = links;
        _writer = writer;
        _clock = clock;
        _lost = new ulong[links.Count];
        Receive<Tick>(_ => TakeAll());
        Receive<FlushRequest>(OnFlushRequest);
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Stream of a shard.</summary>
    public static string StreamOf(int shardIndex) => $"nat-{shardIndex}";

    /// <inheritdoc />
    protected override void PreStart()
    {
        if (_hasOwnThread)
            ThreadNiceness.TryLower(ThreadNiceness.Background); // Encoding and hashing may lag a moment: the rings are long.
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, Interval);
    }

    private void OnFlushRequest(FlushRequest request)
    {
        TakeAll();
        Sender.Tell(request);
    }

    private void TakeAll()
    {
        for (int i = 0; i < _links.Count; i++)
        {
            int count;
            do
            {
                count = _links[i].Take(_burst);
                if (count != 0)
                    Append(_links[i], count);
            }
            while (count == BurstMax);
            RecordLoss(i);
        }
    }

    private void Append(NatEventLink link, int count)
    {
        long nowTicks = _clock.GetUtcNow().UtcTicks;
        long nowMs = Worker.NowMs(_clock);
        var facts = new JournalFact[count];
        for (int i = 0; i < count; i++)
            facts[i] = new JournalFact(NatFacts.Of(in _burst[i], link.ShardIndex), nowTicks - ((nowMs - _burst[i].TimeMs) * TimeSpan.TicksPerMillisecond));
        _writer.Append(StreamOf(link.ShardIndex), facts);
    }

    // The shard's ring was full: the gap itself is on record.
    private void RecordLoss(int index)
    {
        ulong lost = _links[index].LostCount;
        if (lost == _lost[index])
            return;
        _writer.Append(StreamOf(_links[index].ShardIndex), [new JournalFact(new EventsLost((long)(lost - _lost[index]), "the shard's ring was full"))]);
        _lost[index] = lost;
    }

    private sealed record Tick
    {
        internal static readonly Tick Instance = new();
    }
}
