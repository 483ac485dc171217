using Natflow.Inspect.Apps;
using Natflow.Inspect.Observe;

namespace Natflow.Gateway.Inspection;

/// <summary>What inspection found in a frame of the burst in hand, before the frame leaves. Whoever decides on names may change the frame's verdict and say so here.</summary>
public struct InspectionFinding
{
    /// <summary>Position of the frame in its burst; -1 where a flow was let go without one.</summary>
    public int FrameIndex;

    /// <summary>Index of the flow in the flow table of its IP version.</summary>
    public uint FlowIndex;

    /// <summary>The subscriber, in the shard's user table.</summary>
    public uint UserIndex;

    /// <summary>The flow is IPv6.</summary>
    public bool IsIpv6;

    /// <summary>What named the host; <see cref="ObservationKind.None"/> where the payload was recognised and names none.</summary>
    public ObservationKind Kind;

    /// <summary>Facts about the name.</summary>
    public ObservationFlags Flags;

    /// <summary>Index of the observation in the inspector's batch; -1 without one.</summary>
    public int ObservationIndex;

    /// <summary>The protocol, as far as it is known.</summary>
    public FlowProtocol Protocol;

    /// <summary>The application, as far as it is known; 0 when it is not.</summary>
    public ushort AppId;

    /// <summary>Number of the domain list that has the name, from 1; 0 when none has.</summary>
    public ushort ListNumber;

    /// <summary>Ethernet source of the frame, first byte in bits 47 to 40; 0 where there is none.</summary>
    public ulong Mac;

    /// <summary>Slot of the host rule that was hit, 0 to 31; 64 without one. Goes into the URL record.</summary>
    public byte AclSlot;

    /// <summary>What was done: 0 accept, 1 drop, 2 reset, 3 redirect. Goes into the URL record.</summary>
    public byte AclAction;
}
