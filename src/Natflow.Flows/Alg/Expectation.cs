using System.Runtime.InteropServices;

namespace Natflow.Flows.Alg;

/// <summary>A flow from outside that was announced: exactly this external endpoint, from the announced remote. Network byte order. 48 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 48)]
internal struct Expectation
{
    /// <summary>End, shard clock in ms; 0 for a free entry.</summary>
    internal long UntilMs;

    /// <summary>Public address that is opened.</summary>
    internal uint ExternalAddrBe;

    /// <summary>Who may come; 0 for anyone.</summary>
    internal uint RemoteAddrBe;

    /// <summary>The mapping behind the endpoint; held while the expectation lives.</summary>
    internal uint MappingIndex;

    /// <summary>Who announced, to whom the entry is charged.</summary>
    internal uint UserIndex;

    /// <summary>Next of the hash chain or of the free list, plus one.</summary>
    internal uint Next;

    /// <summary>Public port that is opened.</summary>
    internal ushort ExternalPortBe;

    /// <summary>The remote's port; 0 for any.</summary>
    internal ushort RemotePortBe;

    /// <summary>TCP or UDP.</summary>
    internal byte Protocol;

    /// <summary>1 when the first flow that comes uses the expectation up.</summary>
    internal byte IsOnce;
}
