namespace Natflow.Management.Api.Models;

/// <summary>A zone rule.</summary>
/// <param name="Kind">lan or wan.</param>
/// <param name="Zone">0 to 126.</param>
/// <param name="Interface">Name of an interface; or the begin of names and +.</param>
public sealed record ZoneRuleModel(string Kind, int Zone, string Interface);
