namespace Natflow.Flows.Users;

/// <summary>What was found out about a flow.</summary>
/// <param name="Treatment">Whether it passes.</param>
/// <param name="Rule">Number of the rule whose meters or class it has, 1 to <see cref="PolicyTable.RuleNumberMax"/>; 0 for none.</param>
public readonly record struct FlowJudgement(FlowTreatment Treatment, ushort Rule)
{
    /// <summary>It passes, without a rule.</summary>
    public static FlowJudgement Open => default;
}
