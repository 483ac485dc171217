using System.Globalization;
using System.Runtime.CompilerServices;
using Natflow.Cli.Bench.Pipeline;
using Natflow.Memory;
using Natflow.Policy;
using Natflow.Policy.Sets;

namespace Natflow.Cli.Bench.Policy;

/// <summary>
/// Lookups of random addresses in a set of a million nets, half of them in it, beside a halving of the sorted ranges and beside what one read takes that has to wait for
/// memory: that is the machine's, and differs threefold from hour to hour on one that is shared.
/// </summary>
internal sealed class SetCase
{
    private const int NetCount = 1_000_000;
    private const int LookupCount = 1 << 21;
    private const int Repetitions = 7;
    private const double LimitNs = 100;
    private const int MemoryWords = 1 << 21; // 16 MB, as a million IPv4 nets take; IPv6 nets take twice that.
    private const int PlaceShift = 64 - 21;
    private const ulong Spread = 0xD120_2E5A_4B6F_9C35;
    private const int ShortestIpv4 = 24;
    private const int ShortestIpv6 = 32;
    private const int LongestIpv6 = 64;

    private readonly bool _isIpv6;

    private SetCase(bool isIpv6) => _isIpv6 = isIpv6;

    /// <summary>Both families.</summary>
    internal static IReadOnlyList<SetCase> All { get; } = [new(isIpv6: false), new(isIpv6: true)];

    /// <summary>Stable name.</summary>
    internal string Name => $"set {(_isIpv6 ? "ipv6" : "ipv4")} nets=1000000 lookup";

    /// <summary>Measures.</summary>
    /// <returns>Beside the limit that it has to keep, and beside the halving.</returns>
    internal IReadOnlyList<BenchRow> Measure()
    {
        var random = new SplitMix(seed: 11);
        IpNet[] nets = [.. Enumerable.Range(0, NetCount).Select(_ => Net(random))];
        var builder = new NamedSetBuilder();
        foreach (IpNet net in nets)
            builder.Add(net);
        NamedSet set = builder.Build("bench");
        (UInt128 First, UInt128 Last)[] sorted = Joined(nets);
        IpAddress[] wanted = [.. Enumerable.Range(0, LookupCount).Select(index => Wanted(random, nets, index))];
        double[] ours = new double[Repetitions];
        double[] theirs = new double[Repetitions];
        double[] reads = new double[Repetitions];
        using var memory = new NativeArray<ulong>(MemoryWords);
        memory.Span.Clear(); // Pages of its own: those not yet written are all the same one.
        for (int i = 0; i < Repetitions; i++)
        {
            ours[i] = Time(wanted, new InSet(set), out int ourHits);
            reads[i] = TimeRead(memory);
            theirs[i] = Time(wanted, new InRanges(sorted), out int theirHits);
            if (ourHits != theirHits || ourHits is 0 or LookupCount)
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{ourHits} of {LookupCount} addresses are in the set, {theirHits} in its ranges"));
        }

        double median = Turns.Median(ours);
        return
        [
            new BenchRow(Name, "ns", median, LimitNs),
            new BenchRow($"{Name}, beside halving", "ns", median, Turns.Median(theirs)),
            new BenchRow($"{Name}, beside a read", "ns", median, Turns.Median(reads)),
        ];
    }

    private interface ILookup
    {
        bool IsIn(in IpAddress address);
    }

    // Neither a delegate nor a loop that is compiled while it runs: both cost more than the set does, in one run and not in the next.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Time<TLookup>(IpAddress[] wanted, TLookup lookup, out int hits)
        where TLookup : struct, ILookup
    {
        int found = 0;
        long start = TimeProvider.System.GetTimestamp();
        foreach (ref readonly IpAddress address in wanted.AsSpan())
            found += lookup.IsIn(in address) ? 1 : 0;
        hits = found;
        return TimeProvider.System.GetElapsedTime(start).TotalNanoseconds / wanted.Length;
    }

    // Each read says where the next one is.
    private static double TimeRead(NativeArray<ulong> memory)
    {
        ulong place = 1;
        long start = TimeProvider.System.GetTimestamp();
        for (int i = 0; i < LookupCount; i++)
            place = (place * Spread) + 1 + memory[(uint)(place >> PlaceShift)];
        double elapsedNs = TimeProvider.System.GetElapsedTime(start).TotalNanoseconds;
        return place == 0 ? double.NaN : elapsedNs / LookupCount;
    }

    private IpNet Net(SplitMix random) => _isIpv6
        ? IpNet.Of(IpAddress.FromIpv6(Global(random)), random.Next(ShortestIpv6, LongestIpv6))
        : IpNet.Of(IpAddress.FromIpv4((uint)random.Next()), random.Next(ShortestIpv4, 32));

    private IpAddress Wanted(SplitMix random, IpNet[] nets, int index)
    {
        IpNet net = nets[random.Next(0, nets.Length - 1)];
        bool isMember = index % 2 == 0;
        if (_isIpv6)
            return IpAddress.FromIpv6(isMember ? net.Network.Value | random.Next() : Global(random));
        return IpAddress.FromIpv4(isMember ? (uint)net.Network.Value : (uint)random.Next());
    }

    // 2000::/3, as the world's addresses are.
    private static UInt128 Global(SplitMix random) => new((random.Next() >> 3) | (1UL << 61), random.Next());

    private static (UInt128 First, UInt128 Last)[] Joined(IpNet[] nets)
    {
        var joined = new List<(UInt128 First, UInt128 Last)>(nets.Length);
        foreach (IpNet net in nets.OrderBy(static net => net.Network.Value))
        {
            if (joined.Count != 0 && net.Network.Value <= joined[^1].Last)
                joined[^1] = (joined[^1].First, UInt128.Max(joined[^1].Last, net.LastValue));
            else
                joined.Add((net.Network.Value, net.LastValue));
        }

        return [.. joined];
    }

    private readonly struct InSet(NamedSet set) : ILookup
    {
        public bool IsIn(in IpAddress address) => set.Contains(in address);
    }

    private readonly struct InRanges((UInt128 First, UInt128 Last)[] ranges) : ILookup
    {
        public bool IsIn(in IpAddress address)
        {
            UInt128 value = address.Value;
            int low = 0;
            int high = ranges.Length;
            while (low < high)
            {
                int middle = (low + high) >>> 1;
                if (ranges[middle].First <= value)
                    low = middle + 1;
                else
                    high = middle;
            }

            return low != 0 && value <= ranges[low - 1].Last;
        }
    }
}
