namespace Natflow.Host.Settings;

/// <summary><c>natflow.icmp</c>.</summary>
/// <param name="GenerateToLan">Whether errors are sent to subscribers.</param>
/// <param name="GenerateToWan">Whether errors are sent outside.</param>
/// <param name="RateLimit">Most errors in a second.</param>
/// <param name="RateLimitPerUser">Most errors in a second to one subscriber; 0 for no limit.</param>
/// <param name="AnswerPing">Whether public addresses answer echo requests.</param>
public sealed record IcmpSettings(bool GenerateToLan, bool GenerateToWan, int RateLimit, int RateLimitPerUser, bool AnswerPing);
