using Natflow.Flows.Users;

namespace Natflow.Flows.Hosts;

/// <summary>What the host rules say of a name.</summary>
/// <param name="Treatment">What its flow gets.</param>
/// <param name="Slot">Slot of the rule that was hit; <see cref="NoSlot"/> without one.</param>
/// <param name="Action">The rule's action: 0 accept, 1 drop, 2 reset, 3 redirect.</param>
public readonly record struct HostJudgement(FlowTreatment Treatment, byte Slot, byte Action)
{
    /// <summary>Stands for no slot.</summary>
    public const byte NoSlot = 64;

    /// <summary>No rule was hit.</summary>
    public static HostJudgement Open => new(FlowTreatment.Pass, NoSlot, 0);
}
