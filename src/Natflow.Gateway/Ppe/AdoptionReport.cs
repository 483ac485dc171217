namespace Natflow.Gateway.Ppe;

/// <summary>What became of the entries that an earlier gateway left in a PPE.</summary>
/// <param name="FlowCount">Flows that the PPE forwards on.</param>
/// <param name="RefusedCount">Flows whose entries were taken out: of another configuration, expired, or only half there.</param>
public sealed record AdoptionReport(int FlowCount, int RefusedCount);
