namespace Natflow.Host.Settings;

/// <summary><c>natflow.users</c>: what every subscriber has until something says otherwise.</summary>
/// <param name="RateUp">L3 bits a second from a subscriber; 0 is no limit.</param>
/// <param name="RateDown">L3 bits a second to a subscriber; 0 is no limit.</param>
/// <param name="Burst">Time at the rate that may pass at once after a silence.</param>
/// <param name="JoinsByMac">Whether addresses with one MAC are one user.</param>
public sealed record UserSettings(long RateUp, long RateDown, TimeSpan Burst, bool JoinsByMac);
