using Natflow.Actors;
using Natflow.Gateway.Nat;
using Natflow.Journal;
using Natflow.Journal.Audit;
using Natflow.Journal.Events;
using Natflow.Journal.Nat;
using Natflow.Journal.Writing;

namespace Natflow.Conformance.Bench;

/// <summary>A journal behind a bench's gateway, as behind a real one: the shards' rings, the actor that empties them, the writer, a SQLite file.</summary>
internal sealed class BenchJournal : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("nf-conformance-").FullName;
    private readonly GatewayBench _bench;
    private readonly IActorRef _feed;

    /// <summary>Starts one, before the bench's first frame.</summary>
    /// <param name="bench">The gateway.</param>
    /// <param name="sessions">Whether each flow is logged.</param>
    /// <param name="isAway">Whether the store cannot be used at first.</param>
    /// <param name="spillBytesMax">Bound of the spill file.</param>
    internal BenchJournal(GatewayBench bench, bool sessions = false, bool isAway = false, long spillBytesMax = 1 << 20)
    {
        _bench = bench;
        IsAway = isAway;
        var settings = new JournalWriterSettings { SpillPath = Path.Combine(_directory, "spill"), SpillBytesMax = spillBytesMax };
        Writer = new JournalWriter(Open, EventCatalogue.Default, settings, bench.Time, notice => Notices.Add(notice.Text));
        IReadOnlyList<NatEventLink> links = bench.Plane.LogNatEvents(sessions);
        _feed = bench.Actors.ActorOf(Props.Create(() => new NatJournalActor(links, Writer, bench.Time)), "nat-journal");
    }

    /// <summary>Whether the store cannot be used.</summary>
    internal bool IsAway { get; set; }

    /// <summary>The writer.</summary>
    internal JournalWriter Writer { get; }

    /// <summary>What an operator is told. Stable while nothing is written.</summary>
    internal List<string> Notices { get; } = [];

    /// <summary>Brings all that the shards have decided into the store.</summary>
    internal void Flush()
    {
        _bench.Settle();
        _feed.Tell(FlushRequest.Instance);
        Writer.Flush().GetAwaiter().GetResult();
    }

    /// <summary>Asks the journal as it is now.</summary>
    /// <param name="question">Gets a reader.</param>
    internal T Read<T>(Func<IJournalReader, T> question)
    {
        Flush();
        using IJournalReader reader = Location.OpenReader(computesDigests: true);
        return question(reader);
    }

    /// <summary>As <see cref="Read"/>, with an auditor's questions.</summary>
    internal T Ask<T>(Func<AuditQueries, T> question) => Read(reader => question(new AuditQueries(reader, EventCatalogue.Default)));

    /// <summary>The shards' events, decoded, with what is stored of each.</summary>
    internal List<(JournalEntry Entry, IJournalEvent Event)> NatEvents() => Read(static reader =>
        reader.ReadAll(0, long.MaxValue)
            .Where(static entry => entry.StreamId.StartsWith("nat-", StringComparison.Ordinal))
            .Select(static entry => (entry, EventCatalogue.Default.Decode(entry))).ToList());

    /// <summary>Uses the store between two batches.</summary>
    internal void Use(Action<IJournalStore> action) => Writer.Use(action).GetAwaiter().GetResult();

    public void Dispose()
    {
        Writer.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private JournalLocation Location => JournalLocation.OfFile(Path.Combine(_directory, "journal.db"));

    private IJournalStore Open() => IsAway ? throw new StoreUnavailableException("the store is away") : Location.Open();
}
