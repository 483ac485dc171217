using System.Text;

using Natflow.Inspect.Apps;
using Natflow.Inspect.Catalogue;
using Natflow.Inspect.Domains;

namespace Natflow.Cli.Bench.Inspect;

/// <summary>The look at a flow's first datagram that no signature takes, and the lookup of a name among a million domains.</summary>
internal sealed class AppCases : IDisposable
{
    private const int DomainCount = 1_000_000;
    private const int NameCount = 1 << 17;
    private const int NameBytes = 64;
    private const int PayloadCount = 256;
    private const int PayloadBytes = 120;
    private const ulong Seed = 0x6E61_7466;

    private static readonly string[] Endings = ["com", "net", "org", "de", "co.uk", "com.cn", "io", "info"];

    private readonly AppCatalogue _catalogue = AppCatalogue.LoadBuiltIn(Seed);
    private readonly DomainTable _domains = new(DomainCount, Seed);
    private readonly AppClassifier _classifier;
    private readonly byte[] _names = new byte[NameCount * NameBytes];
    private readonly byte[] _lengths = new byte[NameCount];
    private readonly byte[][] _payloads = new byte[PayloadCount][];
    private int _found;
    private int _next;

    /// <summary>Fills the table, and writes down the names that are looked up: half of them are in it, all in an order of chance.</summary>
    internal AppCases()
    {
        _classifier = new AppClassifier(_catalogue);
        var random = new SplitMix((int)Seed);
        for (uint i = 0; _domains.Count < DomainCount; i++)
            _ = _domains.TryAdd(Encoding.ASCII.GetBytes(DomainOf(i)), 1, DomainMatch.Suffix);
        for (int i = 0; i < NameCount; i++)
        {
            uint number = (uint)random.Next(0, DomainCount - 1);
            string name = (random.Next() & 1) == 0 ? $"www.{DomainOf(number)}" : $"cdn{number % 17}.{DomainOf(number + (uint)(2 * DomainCount))}";
            _lengths[i] = (byte)Encoding.ASCII.GetBytes(name, _names.AsSpan(i * NameBytes, NameBytes));
        }

        for (int i = 0; i < PayloadCount; i++)
        {
            _payloads[i] = new byte[PayloadBytes];
            for (int at = 0; at < PayloadBytes; at++)
                _payloads[i][at] = (byte)(random.Next() | 0x80);
            _payloads[i][0] = 0x7F; // Neither a type nor a version of anything.
        }
    }

    /// <summary>The cases: a name, what is done so many times, and the nanoseconds each may take.</summary>
    internal IEnumerable<(string Name, Action<int> Run, double? LimitNs)> All()
    {
        yield return ("domain lookup 1M", Find, 150);
        yield return ("classify udp first packet without match", Classify, 500);
    }

    public void Dispose()
    {
        GC.KeepAlive(_found);
        _domains.Dispose();
        _catalogue.Dispose();
    }

    // Numbers spread over letters, so that names differ early and late, as those of block lists do.
    private static string DomainOf(uint number)
    {
        uint mixed = number * 2_654_435_761;
        return $"{(char)('a' + (mixed % 26))}{mixed % 9973:x}{((number & 3) == 0 ? "-media" : "track")}{number}.{Endings[mixed % (uint)Endings.Length]}";
    }

    // The names stand one after another, for a name is in the cache when it is looked up: it came in a packet. Their domains lie at places of chance.
    private void Find(int flows)
    {
        for (int flow = 0; flow < flows; flow++)
        {
            int index = _next++ & (NameCount - 1);
            _found += _domains.Find(_names.AsSpan(index * NameBytes, _lengths[index]));
        }
    }

    private void Classify(int flows)
    {
        for (int flow = 0; flow < flows; flow++)
        {
            AppFlow state = default;
            var packet = new AppPacket { Payload = _payloads[flow % PayloadCount], ClientPort = (ushort)(1024 + flow), ServerPort = 27015 };
            _ = _classifier.OnPacket(ref state, in packet);
        }
    }
}
