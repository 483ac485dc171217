namespace Natflow.Management.Api.Models;

/// <summary>Host rules.</summary>
/// <param name="Default">What happens where no rule hits: accept, drop, reset or redirect.</param>
/// <param name="RedirectUrl">Where HTTP clients are sent by redirect; empty resets them.</param>
/// <param name="Rules">A page of those that match, in the order they came.</param>
public sealed record AclTableModel(string Default, string RedirectUrl, IReadOnlyList<AclRuleModel> Rules)
{
    /// <summary>Rules that match; a change need not say it.</summary>
    public int? Total { get; init; }
}
