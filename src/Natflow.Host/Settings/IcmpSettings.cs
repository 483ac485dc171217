namespace Natflow.Host.Settings;

/// <summary><c>natflow.icmp</c>.</summary>
/// <param name="GenerateToLan">Whether errors are sent to subscribers.</param>
/// <param name="GenerateToWan">Whether errors are sent outside.</param>
/// <param name="RateLimit">Most errors in a second.</param>
public sealed record IcmpSettings(bool GenerateToLan, bool GenerateToWan, int RateLimit);
