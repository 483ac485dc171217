namespace Natflow.Management.Api.Models;

/// <summary>What is to become of a subscriber; absent members stay as they are.</summary>
/// <param name="IsBlocked">Whether its packets are dropped.</param>
/// <param name="RateUp">Most that it sends, bit/s; 0 for no limit.</param>
/// <param name="RateDown">Most that it is sent, bit/s; 0 for no limit.</param>
/// <param name="BurstMs">Time at the rate that may pass at once after a silence, ms.</param>
public sealed record UserChangeModel(bool? IsBlocked, long? RateUp, long? RateDown, int? BurstMs)
{
    /// <summary>none (as the rules say), ok, bypass, required, vip or blocked; in the place of <see cref="IsBlocked"/>.</summary>
    public string? Status { get; init; }
}
