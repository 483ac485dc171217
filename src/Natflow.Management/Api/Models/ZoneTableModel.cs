namespace Natflow.Management.Api.Models;

/// <summary>Zone rules.</summary>
/// <param name="Rules">In order: the first that matches an interface counts.</param>
public sealed record ZoneTableModel(IReadOnlyList<ZoneRuleModel> Rules);
