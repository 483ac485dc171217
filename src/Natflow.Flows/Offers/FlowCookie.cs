namespace Natflow.Flows.Offers;

/// <summary>Names an offer of a flow: shard, IP version, entry of the flow table, and which of the offers that entry ever made.</summary>
/// <param name="Value">As entries of a PPE carry it; bit 54 is free for the direction.</param>
public readonly record struct FlowCookie(ulong Value)
{
    /// <summary>Bit that tells the directions' entries apart: set for packets from outside.</summary>
    public const ulong InboundBit = 1ul << 54;

    /// <summary>Makes a name.</summary>
    public FlowCookie(int shardIndex, bool isIpv6, uint flowIndex, ushort incarnation)
        : this(((ulong)(byte)shardIndex << 56) | (isIpv6 ? 1ul << 55 : 0) | ((ulong)incarnation << 32) | flowIndex)
    {
    }

    /// <summary>Shard that owns the flow.</summary>
    public int ShardIndex => (int)(Value >> 56);

    /// <summary>Whether it is in the table of IPv6 flows.</summary>
    public bool IsIpv6 => (Value & (1ul << 55)) != 0;

    /// <summary>Entry of the flow table.</summary>
    public uint FlowIndex => (uint)Value;

    /// <summary>Which of that entry's offers.</summary>
    public ushort Incarnation => (ushort)(Value >> 32);
}
