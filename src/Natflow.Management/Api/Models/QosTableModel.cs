namespace Natflow.Management.Api.Models;

/// <summary>QoS rules.</summary>
/// <param name="Mode">police limits rates; mark writes a class into the DSCP field.</param>
/// <param name="Rules">In order: the first that matches a flow counts.</param>
public sealed record QosTableModel(string Mode, IReadOnlyList<QosRuleModel> Rules);
