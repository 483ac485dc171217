using System.Runtime.InteropServices;

namespace Natflow.Flows;

/// <summary>A decision of address translation on its way from a shard to the journal (RFC 8158). Ports in host byte order. 72 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 72)]
public struct NatEvent
{
    /// <summary>Shard clock, ms.</summary>
    public long TimeMs;

    /// <summary>High half of the subscriber's address: IPv6, or IPv4 mapped into it.</summary>
    public ulong UserHigh;

    /// <summary>Low half of the subscriber's address.</summary>
    public ulong UserLow;

    /// <summary>Bytes from the subscriber; of a flow's end.</summary>
    public ulong BytesOut;

    /// <summary>Bytes to the subscriber; of a flow's end.</summary>
    public ulong BytesIn;

    /// <summary>Public address, network byte order.</summary>
    public uint PublicAddressBe;

    /// <summary>The other end of a flow, network byte order.</summary>
    public uint RemoteAddressBe;

    /// <summary>First port of a block, public port of a flow.</summary>
    public ushort PublicPort;

    /// <summary>Ports of a block.</summary>
    public ushort PortCount;

    /// <summary>Inside port of a flow.</summary>
    public ushort InsidePort;

    /// <summary>Remote port of a flow.</summary>
    public ushort RemotePort;

    /// <summary>The subscriber's zone.</summary>
    public ushort Zone;

    /// <summary>IP protocol of a flow.</summary>
    public byte Protocol;

    /// <summary>What happened.</summary>
    public NatEventKind Kind;
}
