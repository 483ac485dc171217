namespace Natflow.Management.Api.Models;

/// <summary>What is to become of the host rules; absent members stay as they are.</summary>
/// <param name="Default">What happens where no rule hits.</param>
/// <param name="RedirectUrl">Where HTTP clients are sent by redirect.</param>
/// <param name="Remove">Rules to take out; those that are not there count as gone.</param>
/// <param name="Add">Rules to add behind the others.</param>
public sealed record AclChangeModel(string? Default, string? RedirectUrl, IReadOnlyList<AclRuleModel>? Remove, IReadOnlyList<AclRuleModel>? Add);
