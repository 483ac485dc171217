using Natflow.Gateway.Views.Scan;

namespace Natflow.Management.Api.Models;

/// <summary>A page of a list.</summary>
/// <typeparam name="T">A row.</typeparam>
/// <param name="Items">The rows in order.</param>
/// <param name="Offset">Rows before them.</param>
/// <param name="Total">Rows that match.</param>
/// <param name="Sums">Sums of all that match.</param>
/// <param name="AgeMs">How old the answer is: equal questions within a second share one.</param>
public sealed record ListModel<T>(IReadOnlyList<T> Items, int Offset, long Total, ScanSums Sums, long AgeMs);
