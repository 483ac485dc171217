using System.Runtime.InteropServices;
using Natflow.Core;

namespace Natflow.Flows;

/// <summary>An endpoint-independent mapping: inside address and port ↔ external address and port (RFC 4787). 32 bytes, network byte order.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4, Size = 32)]
public struct MappingRecord
{
    /// <summary>Subscriber's address.</summary>
    public uint InsideAddrBe;

    /// <summary>Public address.</summary>
    public uint ExternalAddrBe;

    /// <summary>Owner.</summary>
    public uint UserIndex;

    /// <summary>Flows that use the mapping; it ends with the last. A static mapping counts as one more.</summary>
    public ushort FlowCount;

    /// <summary>Those of them that the inside end wanted: started or answered. Without any the mapping lets nobody new in (RFC 7857 section 7).</summary>
    public ushort KeeperCount;

    /// <summary>Next mapping of the hash chain or of the free list.</summary>
    internal uint Next;

    /// <summary>Next mapping of the external endpoint's hash chain.</summary>
    internal uint NextExternal;

    /// <summary>Subscriber's port or ICMP identifier.</summary>
    public ushort InsidePortBe;

    /// <summary>Public port or ICMP identifier.</summary>
    public ushort ExternalPortBe;

    /// <summary>The subscriber's zone.</summary>
    public ushort Zone;

    /// <summary>IP protocol.</summary>
    public byte Protocol;

    /// <summary>Facts about the mapping.</summary>
    public MappingFlags Flags;

    /// <summary>Whether it is the mapping of the sender of a packet from inside.</summary>
    internal readonly bool IsOf(in FlowKey outKey) =>
        InsideAddrBe == outKey.SrcAddrBe && InsidePortBe == outKey.SrcPortBe && Protocol == outKey.Protocol && Zone == outKey.Zone;

    /// <summary>Not found by its inside endpoint any more: its public address was withdrawn while flows used it.</summary>
    internal readonly bool IsDetached => (Flags & MappingFlags.Detached) != MappingFlags.None;

    /// <summary>Found by neither endpoint any more.</summary>
    internal readonly bool IsClosed => (Flags & MappingFlags.Closed) != MappingFlags.None;
}
