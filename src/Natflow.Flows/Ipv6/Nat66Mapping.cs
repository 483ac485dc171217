using System.Runtime.InteropServices;
using Natflow.Core;

namespace Natflow.Flows.Ipv6;

/// <summary>A NAT66 mapping: inside address and port behind a public address and port, whatever the destination (RFC 4787 REQ-1). 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 40)]
public struct Nat66Mapping
{
    /// <summary>Subscriber's address.</summary>
    public Ipv6Address Inside;

    /// <summary>Subscriber's port or echo identifier, network order.</summary>
    public ushort InsidePortBe;

    /// <summary>Public port or echo identifier, network order.</summary>
    public ushort ExternalPortBe;

    /// <summary>Index of the public address.</summary>
    public ushort AddressIndex;

    /// <summary>The subscriber's zone.</summary>
    public ushort Zone;

    /// <summary>Flows that use the mapping.</summary>
    public uint FlowCount;

    /// <summary>IP protocol number.</summary>
    public byte Protocol;

    internal uint NextInside;
    internal uint NextExternal;
}
