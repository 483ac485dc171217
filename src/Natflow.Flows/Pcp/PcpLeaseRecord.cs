using System.Runtime.InteropServices;

namespace Natflow.Flows.Pcp;

/// <summary>A lease in its table. 48 bytes, network byte order.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 48)]
internal struct PcpLeaseRecord
{
    /// <summary>End, shard clock in ms; 0 for a free entry.</summary>
    internal long UntilMs;

    /// <summary>First 8 bytes of the nonce.</summary>
    internal ulong NonceHigh;

    /// <summary>Last 4 bytes of the nonce.</summary>
    internal uint NonceLow;

    /// <summary>The mapping that is held.</summary>
    internal uint MappingIndex;

    /// <summary>The subscriber.</summary>
    internal uint UserIndex;

    /// <summary>Next lease of the subscriber or of the free list, plus one.</summary>
    internal uint Next;

    /// <summary>The peer; 0 for MAP.</summary>
    internal uint RemoteAddrBe;

    /// <summary>The peer's port; 0 for MAP.</summary>
    internal ushort RemotePortBe;

    /// <summary>MAP or PEER.</summary>
    internal PcpOpcode Opcode;

    /// <summary>The nonce as one value.</summary>
    internal readonly PcpNonce Nonce => new(NonceHigh, NonceLow);
}
