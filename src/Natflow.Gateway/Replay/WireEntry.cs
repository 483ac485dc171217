using System.Runtime.InteropServices;
using Natflow.Core;

namespace Natflow.Gateway.Replay;

/// <summary>What the replay knows of a conversation in the capture: who began it, and the external endpoint that the gateway gave it. 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 40)]
internal struct WireEntry
{
    /// <summary>Number of the packet that used the entry last; 0 is a free entry.</summary>
    internal ulong LastUse;

    /// <summary>Both ends, subscriber first; zone 0, side LAN. An ICMP query has its identifier as the first port.</summary>
    internal FlowKey Key;

    /// <summary>External address, network order; 0 while the gateway has not translated a packet of the conversation.</summary>
    internal uint ExternalAddrBe;

    /// <summary>External port or identifier, network order.</summary>
    internal ushort ExternalPortBe;

    /// <summary>A packet from inside is on its way through the gateway and may change the external endpoint: an answer must wait for it.</summary>
    internal bool IsUnsure;

    /// <summary>Capture clock, ms modulo 2^32, when the external endpoint was seen last.</summary>
    internal uint LearnedMs;
}
