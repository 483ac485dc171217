namespace Natflow.Policy.Sets;

/// <summary>A named set: nets of both families, MACs and ports in one. Built whole by <see cref="NamedSetBuilder"/>, never changed; any thread.</summary>
public sealed class NamedSet
{
    private readonly Ipv4RangeSet _ipv4;
    private readonly Ipv6RangeSet _ipv6;
    private readonly ulong[] _macs;
    private readonly ulong[] _portWords;

    internal NamedSet(string name, Ipv4RangeSet ipv4, Ipv6RangeSet ipv6, ulong[] sortedMacs, ulong[] portWords)
    {
        Name = name;
        _ipv4 = ipv4;
        _ipv6 = ipv6;
        _macs = sortedMacs;
        _portWords = portWords;
    }

    /// <summary>Name of the set.</summary>
    public string Name { get; }

    /// <summary>Ranges of addresses of both families, after joining what touches.</summary>
    public int RangeCount => _ipv4.RangeCount + _ipv6.RangeCount;

    /// <summary>MACs.</summary>
    public int MacCount => _macs.Length;

    /// <summary>Whether it says anything on addresses of a family.</summary>
    public bool HasAddresses(bool isIpv6) => (isIpv6 ? _ipv6.RangeCount : _ipv4.RangeCount) > 0;

    /// <summary>Whether it holds an address. A few cache lines, no allocation.</summary>
    public bool Contains(in IpAddress address) => address.IsIpv6 ? _ipv6.Contains(in address) : _ipv4.Contains((uint)address.Value);

    /// <summary>Whether it holds a MAC.</summary>
    public bool ContainsMac(ulong mac) => Array.BinarySearch(_macs, mac) >= 0;

    /// <summary>Whether it holds a port (host byte order).</summary>
    public bool ContainsPort(ushort port) => _portWords.Length > 0 && (_portWords[port >> 6] & (1UL << (port & 63))) != 0;
}
