namespace Natflow.Management.Api.Models;

/// <summary>The seconds before now.</summary>
/// <param name="Ticks">Oldest first.</param>
public sealed record HistoryModel(IReadOnlyList<OverviewModel> Ticks);
