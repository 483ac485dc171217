using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Natflow.Policy.Sets;

/// <summary>Gathers the entries of a set and builds it whole. One owner.</summary>
public sealed class NamedSetBuilder
{
    /// <summary>Entries of a set, at most.</summary>
    public const int EntryCountMax = 8_000_000;

    private const int PortWordCount = 1024;

    private readonly List<(uint Start, uint End)> _ipv4 = [];
    private readonly List<(UInt128 Start, UInt128 End)> _ipv6 = [];
    private readonly List<ulong> _macs = [];
    private ulong[] _portWords = [];

    /// <summary>Entries that were added.</summary>
    public int EntryCount { get; private set; }

    /// <summary>Adds an entry: an address, a net, <c>first-last</c> of one family, a MAC, a port or <c>first-last</c> of ports.</summary>
    /// <param name="text">The entry, without blanks around it.</param>
    /// <param name="error">What is wrong and what was expected, on failure; nothing was added then.</param>
    public bool TryAdd(ReadOnlySpan<char> text, [NotNullWhen(false)] out string? error)
    {
        error = EntryCount == EntryCountMax ? $"a set has at most {EntryCountMax} entries" : null;
        if (error is not null)
            return false;
        if (MacText.TryParse(text, out ulong mac))
            _macs.Add(mac);
        else if (!TryAddPorts(text) && !TryAddRange(text) && !TryAddNet(text, out error))
            return false;
        EntryCount++;
        return true;
    }

    /// <summary>Adds a net.</summary>
    public void Add(in IpNet net) => AddRange(net.Network, net.LastValue);

    /// <summary>Builds the set; the builder may go on.</summary>
    /// <param name="name">Name of the set.</param>
    public NamedSet Build(string name)
    {
        ulong[] macs = [.. _macs.Distinct().Order()];
        return new NamedSet(name, new Ipv4RangeSet([.. _ipv4]), new Ipv6RangeSet([.. _ipv6]), macs, [.. _portWords]);
    }

    private bool TryAddNet(ReadOnlySpan<char> text, [NotNullWhen(false)] out string? error)
    {
        if (!IpNet.TryParse(text, out IpNet net, out error))
        {
            error = $"{error}; a range, a MAC, a port and first-last of ports are allowed too";
            return false;
        }

        Add(net);
        return true;
    }

    private bool TryAddRange(ReadOnlySpan<char> text)
    {
        int dash = text.IndexOf('-');
        if (dash < 0 || !IpAddress.TryParse(text[..dash], out IpAddress first) || !IpAddress.TryParse(text[(dash + 1)..], out IpAddress last)
            || first.IsIpv6 != last.IsIpv6 || last.Value < first.Value)
        {
            return false;
        }

        AddRange(first, last.Value);
        return true;
    }

    private bool TryAddPorts(ReadOnlySpan<char> text)
    {
        int dash = text.IndexOf('-');
        ReadOnlySpan<char> lastText = dash < 0 ? text : text[(dash + 1)..];
        if (!ushort.TryParse(dash < 0 ? text : text[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out ushort first)
            || !ushort.TryParse(lastText, NumberStyles.None, CultureInfo.InvariantCulture, out ushort last) || last < first)
        {
            return false;
        }

        if (_portWords.Length == 0)
            _portWords = new ulong[PortWordCount];
        for (int port = first; port <= last; port++)
            _portWords[port >> 6] |= 1UL << (port & 63);
        return true;
    }

    private void AddRange(in IpAddress first, UInt128 last)
    {
        if (first.IsIpv6)
            _ipv6.Add((first.Value, last));
        else
            _ipv4.Add(((uint)first.Value, (uint)last));
    }
}
