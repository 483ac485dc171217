using Natflow.Core;
using Natflow.Gateway.Views.Scan;

namespace Natflow.Management.Api.Models;

/// <summary>A subscriber, for people and scripts.</summary>
/// <param name="Address">LAN address.</param>
/// <param name="Zone">Zone of the LAN port.</param>
/// <param name="PublicAddress">Public address of all its ports; null before its first mapping.</param>
/// <param name="Flows">Living flows.</param>
/// <param name="Blocks">Port blocks held.</param>
/// <param name="BytesOut">L3 bytes from inside of ended flows.</param>
/// <param name="BytesIn">L3 bytes from outside of ended flows.</param>
/// <param name="IsBlocked">Whether its packets are dropped.</param>
/// <param name="RateUp">Most that it sends, bit/s; 0 for no limit.</param>
/// <param name="RateDown">Most that it is sent, bit/s; 0 for no limit.</param>
/// <param name="LimitDrops">Packets that its meters dropped.</param>
public sealed record SubscriberModel(
    string Address, int Zone, string? PublicAddress, uint Flows, uint Blocks, ulong BytesOut, ulong BytesIn, bool IsBlocked, long RateUp, long RateDown, ulong LimitDrops)
{
    /// <summary>The model of a view.</summary>
    internal static SubscriberModel Of(SubscriberView user) => new(
        Ipv4Prefix.ToText(user.Address),
        user.Zone,
        user.PublicAddress is { } address ? Ipv4Prefix.ToText(address) : null,
        user.FlowCount,
        user.BlockCount,
        user.BytesOut,
        user.BytesIn,
        user.Verdict == Verdict.Drop,
        user.UpBitsPerSecond,
        user.DownBitsPerSecond,
        (ulong)user.UpDropped + user.DownDropped);
}
