using Natflow.Core;
using Natflow.Journal.Events;

namespace Natflow.Journal.Audit;

/// <summary>The questions that a journal answers.</summary>
/// <remarks>One thread at a time.</remarks>
/// <param name="reader">The journal.</param>
/// <param name="catalogue">Its events.</param>
public sealed class AuditQueries(IJournalReader reader, EventCatalogue catalogue)
{
    /// <summary>What happened before is past its time and is not told, whether it is still stored or not; .NET ticks, UTC. 0 tells all.</summary>
    public long HorizonTicks { get; init; }

    private const int BlockSizeMin = 64;
    private const int BlockSizeMax = 4096;
    private static readonly long NextMaxTicks = TimeSpan.TicksPerHour;

    /// <summary>Who had a public endpoint at a time (RFC 6888 section 4).</summary>
    /// <param name="publicAddress">As text.</param>
    /// <param name="port">1 to 65535, or an ICMP identifier.</param>
    /// <param name="ticks">.NET ticks, UTC; its whole millisecond counts.</param>
    public WhoAnswer Who(string publicAddress, int port, long ticks) => Trace(publicAddress, port, ticks).Answer;

    /// <summary>As <see cref="Who"/>, with what it takes to put it together with what other nodes have.</summary>
    public WhoTrace Trace(string publicAddress, int port, long ticks)
    {
        long through = OrderingAt(ticks);
        var nobody = new WhoAnswer(publicAddress, port, AuditTime.Text(ticks), User: null, 0, 0, 0, Since: null, Until: null, "none", Event: null);
        foreach (JournalEntry entry in reader.FindKeys(BlockKeys(publicAddress, port), 0, through, isNewestFirst: true))
        {
            switch (catalogue.Decode(entry))
            {
                case PortBlockAllocated block when Covers(block.Public, block.FirstPort, block.PortCount, publicAddress, port):
                    WhoAnswer answer = OfBlock(nobody, block, entry);
                    return new WhoTrace(answer, entry.CreatedTicks, answer.Until is null ? 0 : FreedAfter(publicAddress, port, through));
                case PortBlockReleased block when Covers(block.Public, block.FirstPort, block.PortCount, publicAddress, port):
                    return new WhoTrace(WithNext(FromPlan(nobody, through), ticks, through), entry.CreatedTicks, FreedTicks: 0);
            }
        }

        WhoAnswer old = FromHorizon(nobody, through);
        long since = old.Since is { } text && AuditTime.TryParse(text, out long known) ? known : 0;
        return new WhoTrace(WithNext(FromPlan(old, through), ticks, through), since, FreedAfter(publicAddress, port, through));
    }

    /// <summary>A subscriber as of a time: link address, login, standing.</summary>
    /// <param name="address">One of its addresses, as text.</param>
    /// <param name="zone">Its zone.</param>
    /// <param name="ticks">.NET ticks, UTC; its whole millisecond counts.</param>
    /// <returns>Null where nothing is on record of it.</returns>
    public UserState? UserAt(string address, int zone, long ticks) => GatewayState.LoadUser(reader, catalogue, address, OrderingAt(ticks)).Users
        .FirstOrDefault(user => user.Zone == zone && (user.User == address || user.Addresses?.Contains(address) == true));

    // Clocks of servers count seconds: who got the port a moment later is told too.
    private WhoAnswer WithNext(WhoAnswer answer, long ticks, long through)
    {
        if (answer.User is not null || ticks < HorizonTicks)
            return answer;
        long end = reader.ReadOrderingAt(Math.Min(DateTime.MaxValue.Ticks - NextMaxTicks, ticks) + NextMaxTicks);
        foreach (JournalEntry entry in reader.FindKeys(BlockKeys(answer.Public, answer.Port), through, end, isNewestFirst: false))
        {
            if (catalogue.Decode(entry) is PortBlockAllocated block && Covers(block.Public, block.FirstPort, block.PortCount, answer.Public, answer.Port))
                return answer with { NextUser = block.User, NextSince = AuditTime.Text(entry.CreatedTicks) };
        }

        return answer;
    }

    private long OrderingAt(long ticks) => ticks < HorizonTicks ? 0 : reader.ReadOrderingAt(AuditTime.EndOfText(ticks));

    // Who had it then may have been told by another node, and given it back here.
    private long FreedAfter(string publicAddress, int port, long through)
    {
        foreach (JournalEntry entry in reader.FindKeys(BlockKeys(publicAddress, port), through, long.MaxValue, isNewestFirst: false))
        {
            switch (catalogue.Decode(entry))
            {
                case PortBlockReleased block when Covers(block.Public, block.FirstPort, block.PortCount, publicAddress, port):
                    return entry.CreatedTicks;
                case PortBlockAllocated block when Covers(block.Public, block.FirstPort, block.PortCount, publicAddress, port):
                    return 0; // Another lease: the one before had ended, and another node knows when.
            }
        }

        return 0;
    }

    /// <summary>What is on record about a subscriber, oldest first; that another one took the address over is told too.</summary>
    /// <param name="address">As text.</param>
    /// <param name="fromTicks">Inclusive.</param>
    /// <param name="toTicks">Inclusive, with its whole millisecond.</param>
    public IEnumerable<(JournalEntry Entry, IJournalEvent Event)> User(string address, long fromTicks, long toTicks) => reader
        .FindKeys([EventKeys.OfSubject(address)], reader.ReadOrderingAt(Math.Max(fromTicks, HorizonTicks) - 1), reader.ReadOrderingAt(AuditTime.EndOfText(toTicks)), isNewestFirst: false)
        .Select(entry => (entry, catalogue.Decode(entry)))
        .Where(pair => pair.Item2.IsAbout(address));

    /// <summary>Subscribers, policies and port blocks at a time.</summary>
    /// <param name="ticks">.NET ticks, UTC; its whole millisecond counts.</param>
    public GatewayState StateAt(long ticks) => GatewayState.Load(reader, catalogue, OrderingAt(ticks));

    /// <summary>All events between two times, in order.</summary>
    /// <param name="fromTicks">Inclusive.</param>
    /// <param name="toTicks">Inclusive, with its whole millisecond.</param>
    public IEnumerable<JournalEntry> Replay(long fromTicks, long toTicks) =>
        reader.ReadAll(reader.ReadOrderingAt(Math.Max(fromTicks, HorizonTicks) - 1), reader.ReadOrderingAt(AuditTime.EndOfText(toTicks)));

    // A block begins at a multiple of its size, a power of two: the candidates are few, whatever size was configured then.
    private static long[] BlockKeys(string publicAddress, int port)
    {
        var keys = new HashSet<long>();
        for (int size = BlockSizeMin; size <= BlockSizeMax; size *= 2)
            keys.Add(EventKeys.OfBlock(publicAddress, port & ~(size - 1)));
        return [.. keys];
    }

    private static bool Covers(string address, int firstPort, int portCount, string publicAddress, int port) =>
        address == publicAddress && port >= firstPort && port < firstPort + portCount;

    private WhoAnswer OfBlock(WhoAnswer nobody, PortBlockAllocated block, JournalEntry entry) => nobody with
    {
        User = block.User,
        Zone = block.Zone,
        FirstPort = block.FirstPort,
        PortCount = block.PortCount,
        Since = AuditTime.Text(entry.CreatedTicks),
        Until = Until(block, entry.Ordering),
        Basis = "port-block",
        Event = $"{entry.StreamId} {entry.SequenceNr}",
    };

    private string? Until(PortBlockAllocated block, long ordering)
    {
        foreach (JournalEntry entry in reader.FindKeys([EventKeys.OfBlock(block.Public, block.FirstPort)], ordering, long.MaxValue, isNewestFirst: false))
        {
            if (catalogue.Decode(entry) is PortBlockReleased released && released.Public == block.Public && released.FirstPort == block.FirstPort)
                return AuditTime.Text(entry.CreatedTicks);
        }

        return null;
    }

    // What was leased before the oldest event that is kept, and not given back since, stands in the snapshot made at the cut.
    private WhoAnswer FromHorizon(WhoAnswer nobody, long through)
    {
        if (reader.ReadOldestOrdering() == 0 || reader.LoadOldestSnapshot(GatewayState.StreamId) is not { } snapshot || snapshot.SequenceNr > through)
            return nobody;
        PortLease? lease = GatewayState.Read(snapshot).Leases.FirstOrDefault(lease => lease.Covers(nobody.Public, nobody.Port));
        return lease is null ? nobody : nobody with
        {
            User = lease.User,
            Zone = lease.Zone,
            FirstPort = lease.FirstPort,
            PortCount = lease.PortCount,
            Since = AuditTime.Text(lease.SinceTicks),
            Basis = "snapshot",
        };
    }

    private WhoAnswer FromPlan(WhoAnswer answer, long through)
    {
        if (answer.User is not null)
            return answer;
        foreach (JournalEntry entry in reader.FindKeys([NatPlanChanged.Key], 0, through, isNewestFirst: true))
        {
            if (catalogue.Decode(entry) is not NatPlanChanged plan)
                continue;
            return PlanLookup.TryFind(plan, answer.Public, answer.Port, out uint user, out int firstPort)
                ? answer with
                {
                    User = Ipv4Prefix.ToText(user),
                    FirstPort = firstPort,
                    PortCount = plan.PortsPerUser,
                    Since = AuditTime.Text(entry.CreatedTicks),
                    Basis = "deterministic",
                    Event = $"{entry.StreamId} {entry.SequenceNr}",
                }
                : answer;
        }

        return answer;
    }
}
