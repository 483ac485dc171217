using Natflow.Inspect.Observe;

namespace Natflow.Inspect.UrlLog;

/// <summary>What a URL log needs to know of an observation's flow.</summary>
/// <param name="Reply">The ends of the reply direction, translated: who answers first. Without translation <see cref="FlowEnds.Reversed"/> of the flow's.</param>
/// <param name="Mac">Ethernet source of the packet, its first byte in bits 47 to 40; 0 where there is none.</param>
/// <param name="AclSlot">Slot of the host rule that was hit, 0 to 31; <see cref="NoSlot"/> without one.</param>
/// <param name="AclAction">What was done: 0 accept, 1 drop, 2 reset, 3 redirect.</param>
public readonly record struct UrlVisit(FlowEnds Reply, ulong Mac, byte AclSlot, byte AclAction)
{
    /// <summary>No host rule was hit.</summary>
    public const byte NoSlot = 64;

    /// <summary>A visit without translation, MAC and rule.</summary>
    public static UrlVisit Of(in Observation observation) => new(observation.Ends.Reversed, 0, NoSlot, 0);
}
