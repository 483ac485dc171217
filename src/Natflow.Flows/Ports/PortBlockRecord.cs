using System.Runtime.InteropServices;

namespace Natflow.Flows;

/// <summary>One port block of a shard. 32 bytes: none lies on two cache lines.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 32)]
internal struct PortBlockRecord
{
    /// <summary>End of the hold after a release, shard clock in ms.</summary>
    internal long HoldUntilMs;

    /// <summary>Holder, or none.</summary>
    internal uint UserIndex;

    /// <summary>Next block of the same user, or of the hold queue.</summary>
    internal uint NextBlock;

    /// <summary>Ports taken over all planes.</summary>
    internal uint TakenCount;

    /// <summary>Its ports serve several destinations each (endpoint-dependent mapping); none is an endpoint-independent mapping's.</summary>
    internal bool IsShared;

    /// <summary>In no user's list any more: goes back when its last port is freed.</summary>
    internal bool IsOrphan;
}
