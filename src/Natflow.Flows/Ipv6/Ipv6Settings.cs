using Natflow.Core;
using Natflow.Packets.Family;

namespace Natflow.Flows.Ipv6;

/// <summary>How one shard forwards and translates IPv6. Quotas and idle times are those of IPv4 (<see cref="NatSettings"/>).</summary>
public sealed record Ipv6Settings
{
    /// <summary>What happens to subscribers' addresses.</summary>
    public Ipv6Mode Mode { get; init; } = Ipv6Mode.Native;

    /// <summary>Whether only answers come in (RFC 6092); off, anyone may reach any subscriber.</summary>
    public bool Filter { get; init; } = true;

    /// <summary>Whether echo requests from outside come in all the same (RFC 4890 section 4.3.1).</summary>
    public bool EchoFromOutside { get; init; } = true;

    /// <summary>Whether ESP, AH and IKE from outside come in all the same (RFC 6092 REC-21 to REC-24).</summary>
    public bool IpsecFromOutside { get; init; } = true;

    /// <summary>The subscribers' prefixes; empty means that any source on the LAN side is a subscriber.</summary>
    public IReadOnlyList<Ipv6Prefix> LanPrefixes { get; init; } = [];

    /// <summary>Bits of an address that make a subscriber: 128, or 64 where a subscriber has a whole subnet.</summary>
    public int SubscriberBits { get; init; } = 128;

    /// <summary>Pairs for <see cref="Ipv6Mode.PrefixTranslation"/>.</summary>
    public IReadOnlyList<Ipv6PrefixPair> PrefixPairs { get; init; } = [];

    /// <summary>Public addresses for <see cref="Ipv6Mode.Masquerade"/>. Each belongs to one shard: with fewer than shards some shards carry no IPv6.</summary>
    public IReadOnlyList<Ipv6Address> PublicAddresses { get; init; } = [];

    /// <summary>Prefix that stands for the IPv4 internet (RFC 6052); null without NAT64.</summary>
    public Ipv6Prefix? Nat64Prefix { get; init; }

    /// <summary>Whether a UDP datagram without checksum gets one on its way from IPv4, at the cost of reading it; else it is dropped.</summary>
    public bool Nat64ComputesUdpChecksum { get; init; } = true;

    /// <summary>The gateway's own address on the LAN side, source of its ICMPv6 errors; null as long as it is not known.</summary>
    public Ipv6Address? LanAddress { get; init; }

    /// <summary>The gateway's own address on the WAN side.</summary>
    public Ipv6Address? WanAddress { get; init; }

    /// <summary>ICMPv6 errors that the shard sends in a second (RFC 4443 section 2.4(f)); 0 sends none.</summary>
    public int ErrorsPerSecondMax { get; init; } = 1000;

    /// <summary>Most IPv6 flows of the shard.</summary>
    public int FlowCapacity { get; init; } = 1 << 18;

    /// <summary>Most datagrams in fragments that the shard follows at once.</summary>
    public int FragmentCapacity { get; init; } = 4096;

    /// <summary>Every way in which the settings contradict themselves, in words for the operator; empty when they hold.</summary>
    public IReadOnlyList<string> Validate()
    {
        var errors = new List<string>();
        if (SubscriberBits is not (64 or 128))
            errors.Add($"ipv6 subscriber bits: 64 or 128, not {SubscriberBits}");
        if (FlowCapacity is < 1 or > 1 << 27)
            errors.Add($"ipv6 flow capacity: 1 to {1 << 27}");
        if (FragmentCapacity < 1)
            errors.Add("ipv6 fragment capacity: at least 1");
        if (ErrorsPerSecondMax < 0)
            errors.Add("ipv6 errors per second: 0 or more");
        ValidatePairs(errors);
        ValidatePublicAddresses(errors);
        ValidateNat64(errors);
        return errors;
    }

    private void ValidatePairs(List<string> errors)
    {
        if (Mode == Ipv6Mode.PrefixTranslation && PrefixPairs.Count == 0)
            errors.Add("ipv6 prefix translation: at least one pair of prefixes is needed");
        foreach (Ipv6PrefixPair pair in PrefixPairs)
        {
            if (pair.Inside.LengthBits != pair.Outside.LengthBits || pair.Inside.LengthBits > PrefixTranslator.PrefixBitsMax)
                errors.Add($"ipv6 prefixes {pair.Inside} and {pair.Outside}: the same length up to {PrefixTranslator.PrefixBitsMax} is needed");
            if (pair.Inside.Overlaps(pair.Outside))
                errors.Add($"ipv6 prefixes {pair.Inside} and {pair.Outside} overlap");
        }

        for (int i = 0; i < PrefixPairs.Count; i++)
        {
            Ipv6PrefixPair pair = PrefixPairs[i];
            if (PrefixPairs.Take(i).Any(other => other.Inside.Overlaps(pair.Inside) || other.Outside.Overlaps(pair.Outside)))
                errors.Add($"ipv6 prefixes {pair.Inside} and {pair.Outside} overlap another pair");
        }
    }

    private void ValidatePublicAddresses(List<string> errors)
    {
        if (Mode == Ipv6Mode.Masquerade && PublicAddresses.Count == 0)
            errors.Add("ipv6 masquerade: at least one public address is needed");
        if (PublicAddresses.Count > ushort.MaxValue)
            errors.Add($"ipv6 public addresses: at most {ushort.MaxValue}");
        if (PublicAddresses.Distinct().Count() != PublicAddresses.Count)
            errors.Add("ipv6 public addresses: one is given twice");
        foreach (Ipv6Address address in PublicAddresses.Where(address => LanPrefixes.Any(prefix => prefix.Contains(in address))))
            errors.Add($"ipv6 public address {address} lies in a LAN prefix");
    }

    private void ValidateNat64(List<string> errors)
    {
        if (Nat64Prefix is not { } prefix)
            return;
        if (Packets.Family.Nat64Prefix.Check(prefix) is { } error)
            errors.Add($"nat64 prefix {error}");
        foreach (Ipv6Prefix lan in LanPrefixes.Where(lan => lan.Overlaps(prefix)))
            errors.Add($"nat64 prefix {prefix} and LAN prefix {lan} overlap");
    }
}
