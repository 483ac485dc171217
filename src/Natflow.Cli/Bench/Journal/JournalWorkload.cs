using Natflow.Journal.Events;
using Natflow.Journal.Writing;

namespace Natflow.Cli.Bench.Journal;

/// <summary>Events as a busy gateway makes them: of four, one lease, nearly one return, two visits; a hundred thousand subscribers, of whom many hold a block at any time.</summary>
internal sealed class JournalWorkload
{
    /// <summary>Subscribers.</summary>
    internal const int UserCount = 100_000;

    private const int BlockSize = 128;
    private const int BlocksPerAddress = 500;
    private const int AddressCount = 256;
    private const int BlockCount = BlocksPerAddress * AddressCount;
    private const int HeldMax = 100_000;
    private const long TicksPerEvent = TimeSpan.TicksPerMillisecond;

    private readonly SplitMix _random = new(7);
    private readonly string[] _users = [.. Enumerable.Range(0, UserCount).Select(static i => $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}")];
    private readonly string[] _addresses = [.. Enumerable.Range(0, AddressCount).Select(static i => $"203.0.{113 + (i >> 8)}.{i & 255}")];
    private readonly Queue<(int Block, int User)> _held = new();
    private readonly Queue<int> _free = new(Enumerable.Range(0, BlockCount));
    private readonly List<(string Public, int Port, long Ticks, string User)> _samples = [];
    private long _ticks = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;
    private long _count;

    /// <summary>Leases made.</summary>
    internal long LeaseCount { get; private set; }

    /// <summary>Time of the last event.</summary>
    internal long Ticks => _ticks;

    /// <summary>Some leases, with who holds them: questions whose answers are known.</summary>
    internal IReadOnlyList<(string Public, int Port, long Ticks, string User)> Samples => _samples;

    /// <summary>The next events.</summary>
    internal List<JournalFact> Next(int count)
    {
        var facts = new List<JournalFact>(count);
        for (int i = 0; i < count; i++)
            facts.Add(new JournalFact(One(), _ticks += TicksPerEvent));
        return facts;
    }

    private IJournalEvent One()
    {
        long number = _count++;
        if (number < UserCount)
            return new UserSeen(_users[number], 0);
        return (number & 3) switch
        {
            0 => Lease(),
            1 when _held.Count > HeldMax => Release(),
            _ => new UrlVisited(_users[_random.Next(0, UserCount - 1)], "tls", Host(_random.Next(0, 4999))),
        };
    }

    private PortBlockAllocated Lease()
    {
        int block = _free.Dequeue();
        int user = _random.Next(0, UserCount - 1);
        _held.Enqueue((block, user));
        if (LeaseCount++ % 997 == 0)
            _samples.Add((_addresses[block % AddressCount], PortOf(block) + (user % BlockSize), _ticks + TicksPerEvent, _users[user]));
        return new PortBlockAllocated(_users[user], 0, 0, _addresses[block % AddressCount], PortOf(block), BlockSize);
    }

    private PortBlockReleased Release()
    {
        (int block, int user) = _held.Dequeue();
        _free.Enqueue(block);
        return new PortBlockReleased(_users[user], 0, 0, _addresses[block % AddressCount], PortOf(block), BlockSize);
    }

    private static int PortOf(int block) => 1024 + (block / AddressCount * BlockSize);

    private static string Host(int number) => $"host{number}.example.net";
}
