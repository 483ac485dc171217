using Natflow.Journal.Audit;
using Natflow.Journal.Events;
using Natflow.Journal.Tests.Stores;
using Natflow.Journal.Writing;

namespace Natflow.Journal.Tests.Audit;

/// <summary>A journal with a small history.</summary>
internal sealed class AuditRig : IDisposable
{
    internal const string Ann = "10.0.0.1";
    internal const string Bob = "10.0.0.2";
    internal const string Public = "203.0.113.7";

    internal AuditRig(string engine = "sqlite")
    {
        Place = new TestJournalPlace(engine);
        using JournalWriter writer = OpenWriter();
        Append(writer, 0, new UserSeen(Ann, 0), new UserSeen(Bob, 0));
        Append(writer, 1, new PortBlockAllocated(Ann, 0, 0, Public, 1024, 128));
        Append(writer, 2, new PortBlockAllocated(Bob, 0, 0, Public, 1152, 128), new UserLoggedIn(Bob, "bob", "web"));
        Append(writer, 3, new UrlVisited(Ann, "tls", "example.org"), new UserLimitSet(Ann, 1000, 2000, "root"));
        Append(writer, 4, new PortBlockReleased(Ann, 0, 0, Public, 1024, 128), new UserGone(Ann, 0, 10, 20));
        Append(writer, 5, new PortBlockAllocated(Bob, 0, 0, Public, 1024, 128), new PolicyChanged(Bob, 2, "drop"));
    }

    internal TestJournalPlace Place { get; }

    public void Dispose() => Place.Dispose();

    internal static long At(double minute) => Entries.Epoch.AddMinutes(minute).Ticks;

    internal T Ask<T>(Func<AuditQueries, T> question)
    {
        using IJournalReader reader = Place.Location.OpenReader();
        return question(new AuditQueries(reader, EventCatalogue.Default));
    }

    internal JournalWriter OpenWriter() => new(
        Place.Location.Open, EventCatalogue.Default, new JournalWriterSettings { SpillPath = Path.Combine(Place.Directory, "spill") }, TimeProvider.System, static _ => { });

    internal static void Append(JournalWriter writer, double minute, params IJournalEvent[] events) =>
        writer.Append("nat-0", [.. events.Select(item => new JournalFact(item, At(minute)))]);
}
