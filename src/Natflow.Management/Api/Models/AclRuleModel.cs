namespace Natflow.Management.Api.Models;

/// <summary>A host rule.</summary>
/// <param name="Slot">Priority, 0 to 63; lower goes first.</param>
/// <param name="Action">accept, drop, reset or redirect.</param>
/// <param name="Host">The name; it stands for all names under it too.</param>
public sealed record AclRuleModel(int Slot, string Action, string Host);
