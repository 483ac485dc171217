using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Shards;
using Natflow.Flows.Users;

namespace Natflow.Gateway.Views.Scan;

/// <summary>A subscriber as operators see it. Host byte order.</summary>
/// <param name="Address">LAN address.</param>
/// <param name="Zone">Zone of the LAN port.</param>
/// <param name="PublicAddress">Public address of all its ports; null before its first mapping.</param>
/// <param name="FlowCount">Living flows.</param>
/// <param name="BlockCount">Port blocks held.</param>
/// <param name="BytesOut">L3 bytes from inside of ended flows.</param>
/// <param name="BytesIn">L3 bytes from outside of ended flows.</param>
/// <param name="Verdict">What the policy says of its packets.</param>
/// <param name="UpBitsPerSecond">Its upload limit to four digits; 0 for none.</param>
/// <param name="DownBitsPerSecond">Its download limit to four digits; 0 for none.</param>
/// <param name="UpDropped">Packets that its upload meter dropped, modulo 2^32.</param>
/// <param name="DownDropped">Packets that its download meter dropped, modulo 2^32.</param>
public sealed record SubscriberView(
    uint Address,
    ushort Zone,
    uint? PublicAddress,
    uint FlowCount,
    uint BlockCount,
    ulong BytesOut,
    ulong BytesIn,
    Verdict Verdict,
    long UpBitsPerSecond,
    long DownBitsPerSecond,
    uint UpDropped,
    uint DownDropped)
{
    /// <summary>The view of a subscriber. Owner thread of the shard.</summary>
    internal static SubscriberView Of(ShardState state, uint userIndex)
    {
        ref UserRecord user = ref state.Users[userIndex];
        ref PolicyRecord policy = ref state.Users.Policy(userIndex);
        return new SubscriberView(
            BinaryPrimitives.ReverseEndianness(user.AddressBe),
            user.Zone,
            user.PublicAddressIndex < 0 ? null : BinaryPrimitives.ReverseEndianness(state.Pool.AddressBe(user.PublicAddressIndex)),
            user.FlowCount,
            user.BlockCount,
            user.EndedBytesOut,
            user.EndedBytesIn,
            user.PolicyVerdict,
            RateOf(policy.UpNanosecondsPerByteQ20, policy.Flags & PolicyFlags.MeterUp),
            RateOf(policy.DownNanosecondsPerByteQ20, policy.Flags & PolicyFlags.MeterDown),
            policy.UpDropped,
            policy.DownDropped);
    }

    // The meter holds a cost, rounded: four digits of the rate are what was asked for.
    private static long RateOf(ulong costQ20, PolicyFlags meter)
    {
        if (costQ20 == 0 || meter == PolicyFlags.None)
            return 0;
        double rate = 8e9 * (1 << PolicyRecord.CostFractionBits) / costQ20;
        double unit = Math.Pow(10, Math.Floor(Math.Log10(rate)) - 3);
        return (long)(Math.Round(rate / unit) * unit);
    }
}
