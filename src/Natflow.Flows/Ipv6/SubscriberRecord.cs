using System.Runtime.InteropServices;
using Natflow.Core;

namespace Natflow.Flows.Ipv6;

/// <summary>An IPv6 subscriber: its address and its entry in the shard's user table. 32 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 32)]
public struct SubscriberRecord
{
    /// <summary>Address, or first address of the subscriber's /64.</summary>
    public Ipv6Address Address;

    /// <summary>Index in the user table while that entry carries this subscriber's stand-in address.</summary>
    public uint UserIndex;

    /// <summary>Next subscriber of the hash chain plus one, or of the free list.</summary>
    internal uint Next;

    /// <summary>Zone of the LAN port.</summary>
    public ushort Zone;

    /// <summary>Whether the entry is taken.</summary>
    public bool IsUsed;
}
