namespace Natflow.Management.Api.Models;

/// <summary>An auth rule.</summary>
/// <param name="Id">Number for listings.</param>
/// <param name="Zone">Zone that the user is in.</param>
/// <param name="Type">auto lets the user in at once, web after a login.</param>
/// <param name="Sources">Set that must hold the user's address.</param>
/// <param name="WhiteAddresses">Set of addresses that need no login; empty for none.</param>
/// <param name="WhiteMacs">Set of MACs that need no login; empty for none.</param>
public sealed record AuthRuleModel(long Id, long Zone, string Type, string Sources, string? WhiteAddresses, string? WhiteMacs);
