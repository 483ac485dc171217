using System.Runtime.InteropServices;
using Natflow.Core;

namespace Natflow.Flows.Ipv6;

/// <summary>A TCP connection from outside that a subscriber announced: its own endpoint, from one remote. 56 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 56)]
internal struct Ipv6Expectation
{
    /// <summary>The subscriber's address.</summary>
    internal Ipv6Address Inside;

    /// <summary>Who may come.</summary>
    internal Ipv6Address Remote;

    /// <summary>End, shard clock in ms; 0 for a free entry.</summary>
    internal long UntilMs;

    /// <summary>Who announced, to whom the entry is charged.</summary>
    internal uint UserIndex;

    /// <summary>Next of the hash chain or of the free list, plus one.</summary>
    internal uint Next;

    /// <summary>The subscriber's port, network order.</summary>
    internal ushort InsidePortBe;
}
