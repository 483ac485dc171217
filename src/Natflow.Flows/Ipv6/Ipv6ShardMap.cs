using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Packets.Family;

namespace Natflow.Flows.Ipv6;

/// <summary>Which shard owns an IPv6 packet: a hash of the subscriber's first 64 bits (RFC 6177), which lie at the LAN end on either side. Any thread.</summary>
public sealed class Ipv6ShardMap
{
    private readonly FlowHash _hash;
    private readonly uint _shardCount;
    private readonly int _settingsShardCount;
    private readonly Ipv6Address[] _publicAddresses;
    private readonly PrefixTranslator[] _translators;

    /// <summary>Makes the map of a gateway.</summary>
    public Ipv6ShardMap(NatSettings settings)
    {
        Ipv6Settings ipv6 = settings.Ipv6;
        bool isMasquerade = ipv6.Mode == Ipv6Mode.Masquerade;
        _hash = new FlowHash(settings.Seed);
        _settingsShardCount = settings.ShardCount;
        _publicAddresses = isMasquerade ? [.. ipv6.PublicAddresses] : [];

        // Shards without a public address of their own could not translate.
        _shardCount = (uint)(isMasquerade ? Math.Min(settings.ShardCount, _publicAddresses.Length) : settings.ShardCount);
        _translators = ipv6.Mode == Ipv6Mode.PrefixTranslation ? [.. ipv6.PrefixPairs.Select(static pair => new PrefixTranslator(pair.Inside, pair.Outside))] : [];
    }

    /// <summary>Shard of a subscriber.</summary>
    public int OfInside(in Ipv6Address address)
    {
        ulong prefix = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(address.HighBe) : address.HighBe;
        return (int)(((ulong)_hash.Of(prefix) * _shardCount) >> 32);
    }

    /// <summary>Shard of the subscriber behind an address that the outside sends to.</summary>
    public int OfOutside(in Ipv6Address address)
    {
        foreach (PrefixTranslator translator in _translators)
        {
            if (translator.TryToInside(in address, out Ipv6Address inside))
                return OfInside(in inside);
        }

        int index = _publicAddresses.Length == 0 ? -1 : Array.IndexOf(_publicAddresses, address);
        return index >= 0 ? index % _settingsShardCount : OfInside(in address);
    }
}
