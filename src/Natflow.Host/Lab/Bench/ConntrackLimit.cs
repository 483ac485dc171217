using System.Globalization;

namespace Natflow.Host.Lab.Bench;

/// <summary>Room for many flows in the kernel's connection tracking while it is measured; afterwards what was set before.</summary>
internal sealed class ConntrackLimit : IDisposable
{
    private const string MaxPath = "/proc/sys/net/netfilter/nf_conntrack_max";
    private const string BucketsPath = "/sys/module/nf_conntrack/parameters/hashsize";
    private const int Spare = 65_536;

    private readonly string? _maxBefore;
    private readonly string? _bucketsBefore;

    internal ConntrackLimit(int flowCount)
    {
        if (!File.Exists(MaxPath))
            return;
        _maxBefore = Raise(MaxPath, (2 * flowCount) + Spare);
        _bucketsBefore = Raise(BucketsPath, flowCount);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_bucketsBefore is not null)
            File.WriteAllText(BucketsPath, _bucketsBefore);
        if (_maxBefore is not null)
            File.WriteAllText(MaxPath, _maxBefore);
    }

    private static string? Raise(string path, int wanted)
    {
        string before = File.ReadAllText(path);
        if (long.Parse(before, CultureInfo.InvariantCulture) >= wanted)
            return null;
        File.WriteAllText(path, wanted.ToString(CultureInfo.InvariantCulture));
        return before;
    }
}
