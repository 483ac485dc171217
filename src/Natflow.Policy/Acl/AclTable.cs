using System.Numerics;
using Natflow.Policy.Sets;

namespace Natflow.Policy.Acl;

/// <summary>The host rules compiled: a lookup tries the name and each name above it, longest first. Immutable; any thread.</summary>
public sealed class AclTable
{
    private const int SlotCount = AclEntry.SlotMax + 1;
    private const int LabelsMax = 128; // Of 253 characters, with one for each dot.

    private readonly Dictionary<string, AclEntry[]> _entries;
    private readonly Dictionary<string, AclEntry[]>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly SlotFilter[] _filters;
    private readonly ulong _usedSlots;
    private readonly AclAction _defaultAction;

    /// <summary>Compiles a model. Rules in any case match; of two rules of one slot for one name the first counts.</summary>
    public AclTable(AclModel model, SetCatalog sets)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(sets);
        _defaultAction = model.DefaultAction;
        _entries = new Dictionary<string, AclEntry[]>(StringComparer.Ordinal);
        foreach (AclEntry entry in model.Entries)
        {
            if (!AclHost.TryNormalise(entry.Host, out string? host) || entry.Slot > AclEntry.SlotMax)
                continue; // The control language refuses these; a model made otherwise has nothing to match.
            _usedSlots |= 1UL << entry.Slot;
            AclEntry[] before = _entries.GetValueOrDefault(host, []);
            if (!Array.Exists(before, other => other.Slot == entry.Slot))
                _entries[host] = [.. before, entry];
        }

        _lookup = _entries.GetAlternateLookup<ReadOnlySpan<char>>();
        _filters = [.. Enumerable.Range(0, SlotCount).Select(slot => new SlotFilter(slot, sets))];
    }

    /// <summary>Names with rules.</summary>
    public int HostCount => _entries.Count;

    /// <summary>The slots that apply to a user, a bit each: computed when the user or a set changes, not for each flow.</summary>
    /// <param name="address">The user's address in the flow.</param>
    /// <param name="mac">The user's MAC.</param>
    public ulong SlotsFor(in IpAddress address, ulong mac)
    {
        ulong slots = 0;
        for (ulong rest = _usedSlots; rest != 0; rest &= rest - 1)
        {
            int slot = BitOperations.TrailingZeroCount(rest);
            if (_filters[slot].Applies(address, mac))
                slots |= 1UL << slot;
        }

        return slots;
    }

    /// <summary>What the rules say of a name.</summary>
    /// <param name="host">A name in the form of <see cref="AclHost"/>.</param>
    /// <param name="slots">The slots that apply, from <see cref="SlotsFor"/>.</param>
    /// <returns>The lowest slot that applies and hits; within it the longest name. Else the default.</returns>
    public AclVerdict Match(ReadOnlySpan<char> host, ulong slots)
    {
        ulong open = slots & _usedSlots;
        var best = new AclVerdict(AclEntry.NoSlot, _defaultAction);
        for (int labels = 0; labels < LabelsMax && open != 0; labels++)
        {
            if (_lookup.TryGetValue(host, out AclEntry[]? entries))
                Improve(ref best, ref open, entries);
            int dot = host.IndexOf('.');
            if (dot < 0)
                break;
            host = host[(dot + 1)..];
        }

        return best;
    }

    /// <summary>Whether any name can get another answer than to pass unrecorded.</summary>
    public bool DecidesAnything => _entries.Count != 0 || _defaultAction != AclAction.Accept;

    /// <summary>As <see cref="Match(ReadOnlySpan{char}, ulong)"/>, where only the filters of slots that have the name are asked. Nothing is allocated.</summary>
    /// <param name="host">A name in the form of <see cref="AclHost"/>; empty for what is no name.</param>
    /// <param name="address">The user's address in the flow.</param>
    /// <param name="mac">The user's MAC.</param>
    public AclVerdict Match(ReadOnlySpan<char> host, in IpAddress address, ulong mac)
    {
        ulong open = host.IsEmpty ? 0 : _usedSlots;
        var best = new AclVerdict(AclEntry.NoSlot, _defaultAction);
        for (int labels = 0; labels < LabelsMax && open != 0; labels++)
        {
            if (_lookup.TryGetValue(host, out AclEntry[]? entries))
            {
                foreach (AclEntry entry in entries)
                {
                    if ((open & (1UL << entry.Slot)) != 0 && !_filters[entry.Slot].Applies(address, mac))
                        open &= ~(1UL << entry.Slot);
                }

                Improve(ref best, ref open, entries);
            }

            int dot = host.IndexOf('.');
            if (dot < 0)
                break;
            host = host[(dot + 1)..];
        }

        return best;
    }

    private static void Improve(ref AclVerdict best, ref ulong open, AclEntry[] entries)
    {
        foreach (AclEntry entry in entries)
        {
            if ((open & (1UL << entry.Slot)) == 0)
                continue;
            best = new AclVerdict(entry.Slot, entry.Action);
            open &= (1UL << entry.Slot) - 1; // Only a lower slot can still change it: a shorter name of this one cannot.
        }
    }

    private readonly struct SlotFilter(int slot, SetCatalog sets)
    {
        private readonly NamedSet? _ipv4 = sets.Find($"host_acl_rule{slot}_ipv4");
        private readonly NamedSet? _ipv6 = sets.Find($"host_acl_rule{slot}_ipv6");
        private readonly NamedSet? _mac = sets.Find($"host_acl_rule{slot}_mac");

        // Any filter restricts the slot for both families. In the original, a slot with an IPv4 filter alone hit every IPv6 client.
        public bool Applies(in IpAddress address, ulong mac) =>
            (_ipv4 is null && _ipv6 is null && _mac is null)
            || ((address.IsIpv6 ? _ipv6 : _ipv4)?.Contains(address) ?? false)
            || (_mac?.ContainsMac(mac) ?? false);
    }
}
