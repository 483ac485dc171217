using Natflow.Core;

namespace Natflow.Flows.Users;

/// <summary>A subscriber's compiled policy, as its user actor sends it.</summary>
/// <param name="Verdict">Forward or drop.</param>
/// <param name="Status">Number of the status, for the judge.</param>
/// <param name="Limits">Valid rates.</param>
/// <param name="AclSlots">Slots of host rules that apply, a bit each.</param>
/// <param name="Weight">Share of a contended line beside others', 1 to 1000.</param>
/// <param name="IsPinned">Whether the entry stays while there are no flows.</param>
/// <param name="EndsFlows">Whether the flows of now end.</param>
public readonly record struct UserPolicy(Verdict Verdict, byte Status, PolicyLimits Limits, ulong AclSlots, ushort Weight, bool IsPinned, bool EndsFlows);
