using Natflow.Core;
using Natflow.Gateway.Users;
using Natflow.Gateway.Views.Scan;
using Natflow.Management.Control;
using Natflow.Policy;
using Natflow.Policy.Auth;

namespace Natflow.Management.Api.Models;

/// <summary>A subscriber, for people and scripts.</summary>
/// <param name="Address">LAN address.</param>
/// <param name="Zone">Zone of the LAN port.</param>
/// <param name="PublicAddress">Public address of all its ports; null before its first mapping.</param>
/// <param name="Flows">Living flows.</param>
/// <param name="Blocks">Port blocks held.</param>
/// <param name="BytesOut">L3 bytes from inside; without users those of ended flows alone.</param>
/// <param name="BytesIn">L3 bytes from outside; without users those of ended flows alone.</param>
/// <param name="IsBlocked">Whether its packets are dropped.</param>
/// <param name="RateUp">Most that it sends, bit/s; 0 for no limit.</param>
/// <param name="RateDown">Most that it is sent, bit/s; 0 for no limit.</param>
/// <param name="LimitDrops">Packets that its meters dropped.</param>
public sealed record SubscriberModel(
    string Address, int Zone, string? PublicAddress, uint Flows, uint Blocks, ulong BytesOut, ulong BytesIn, bool IsBlocked, long RateUp, long RateDown, ulong LimitDrops)
{
    /// <summary>The user whose address it is: status, login, MAC, speed; null where no users are kept.</summary>
    public UserModel? User { get; init; }

    /// <summary>The model of a user, with what its shard says of its newest address; null where the shard says nothing.</summary>
    internal static SubscriberModel Of(UserView user, SubscriberView? view)
    {
        IpNet? address = user.Addresses.Count == 0 ? null : user.Addresses[0];
        return new SubscriberModel(
            address?.Network.ToString() ?? string.Empty,
            (int)user.Zone,
            view?.PublicAddress is { } publicAddress ? Ipv4Prefix.ToText(publicAddress) : null,
            view?.FlowCount ?? user.FlowCount,
            view?.BlockCount ?? 0,
            user.Total.TxBytes,
            user.Total.RxBytes,
            user.Auth.Status == AuthStatus.Blocked,
            user.Limits.UpBitsPerSecond,
            user.Limits.DownBitsPerSecond,
            view is null ? 0 : (ulong)view.UpDropped + view.DownDropped)
        {
            User = UserModel.Of(user),
        };
    }

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
