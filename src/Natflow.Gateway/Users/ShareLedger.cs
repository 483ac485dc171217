using System.Runtime.InteropServices;
using Natflow.Flows.Users;

namespace Natflow.Gateway.Users;

/// <summary>
/// What each subscriber of a shard used of the shared line since the last look, and what it may use until the next. Reads the meters that flow path and PPE move,
/// so offloaded traffic counts as any other.
/// </summary>
/// <remarks>One owner; the records are read while others write them, which at worst moves a byte count to the next look.</remarks>
internal sealed class ShareLedger
{
    private const double GreedyPart = 0.8;
    private const double Headroom = 1.25;
    private const double ChangeMin = 0.02;
    private const double BitsPerByte = 8;

    private readonly Account[] _accounts;
    private readonly List<uint> _active = [];

    /// <summary>Makes room.</summary>
    internal ShareLedger(int capacity) => _accounts = new Account[capacity];

    /// <summary>Subscribers that used the line since the last look.</summary>
    internal IReadOnlyList<uint> Active => _active;

    /// <summary>Looks at all meters.</summary>
    /// <param name="policies">The gateway's records.</param>
    /// <param name="policyBase">First of the shard.</param>
    /// <param name="end">Subscribers to look at.</param>
    /// <param name="weightOf">A subscriber's weight.</param>
    /// <param name="seconds">Time since the last look.</param>
    /// <param name="up">Receives demands of uploads.</param>
    /// <param name="down">Receives demands of downloads.</param>
    internal void Look(
        PolicyTable policies, uint policyBase, uint end, Func<uint, ushort> weightOf, double seconds, List<FairShares.Demand> up, List<FairShares.Demand> down)
    {
        _active.Clear();
        for (uint index = 0; index < Math.Min(end, (uint)_accounts.Length); index++)
        {
            ref PolicyRecord record = ref policies[policyBase + index];
            ref Account account = ref _accounts[index];
            uint upBytes = record.UpMeteredBytes - account.UpBytes;
            uint downBytes = record.DownMeteredBytes - account.DownBytes;
            uint upDrops = record.UpDropped - account.UpDrops;
            uint downDrops = record.DownDropped - account.DownDrops;
            account.UpBytes = record.UpMeteredBytes;
            account.DownBytes = record.DownMeteredBytes;
            account.UpDrops = record.UpDropped;
            account.DownDrops = record.DownDropped;
            if ((upBytes | downBytes | upDrops | downDrops) == 0)
            {
                if (account.IsActive)
                    account.IsLeaving = true;
                account.IsActive = false;
                continue;
            }

            account.IsActive = true;
            account.IsLeaving = false;
            account.Weight = Math.Max((ushort)1, weightOf(index));
            _active.Add(index);
            AddDemand(up, upBytes, upDrops, account.UpShare, account.Weight, seconds);
            AddDemand(down, downBytes, downDrops, account.DownShare, account.Weight, seconds);
        }
    }

    /// <summary>Gives shares out: at the level to those who are active, as if they were about to begin to those who just stopped.</summary>
    /// <param name="end">Subscribers to look at.</param>
    /// <param name="levels">Rates for a weight of one.</param>
    /// <param name="burst">Burst of a share.</param>
    /// <param name="shares">Receives those that changed.</param>
    internal void Share(uint end, in ShareLevels levels, TimeSpan burst, List<UserShare> shares)
    {
        foreach (uint index in _active)
            Give(index, levels.Up, levels.Down, burst, shares);
        for (uint index = 0; index < Math.Min(end, (uint)_accounts.Length); index++)
        {
            ref Account account = ref _accounts[index];
            if (!account.IsLeaving)
                continue;
            account.IsLeaving = false;
            Give(index, levels.NextUp, levels.NextDown, burst, shares);
        }
    }

    private void Give(uint index, double upLevel, double downLevel, TimeSpan burst, List<UserShare> shares)
    {
        ref Account account = ref _accounts[index];
        double up = Bounded(upLevel * account.Weight);
        double down = Bounded(downLevel * account.Weight);
        if (!IsChange(account.UpShare, up) && !IsChange(account.DownShare, down))
            return;
        account.UpShare = up;
        account.DownShare = down;
        shares.Add(new UserShare(index, new PolicyLimits((long)up, (long)down, burst)));
    }

    private static double Bounded(double bits) => bits == 0 ? 0 : Math.Clamp(bits, PolicyLimits.RateMin, PolicyLimits.RateMax);

    private static bool IsChange(double before, double now) => Math.Abs(now - before) > ChangeMin * Math.Max(before, 1);

    private static void AddDemand(List<FairShares.Demand> demands, uint bytes, uint drops, double share, ushort weight, double seconds)
    {
        if ((bytes | drops) == 0)
            return;
        double rate = bytes * BitsPerByte / seconds;
        bool isGreedy = drops != 0 || (share > 0 && rate >= GreedyPart * share);
        demands.Add(new FairShares.Demand(isGreedy ? FairShares.Greedy : rate * Headroom, weight));
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Account
    {
        internal uint UpBytes;
        internal uint DownBytes;
        internal uint UpDrops;
        internal uint DownDrops;
        internal double UpShare;
        internal double DownShare;
        internal ushort Weight;
        internal bool IsActive;
        internal bool IsLeaving;
    }
}

/// <summary>Rates for a weight of one, bit/s; 0 where a direction is not shared.</summary>
/// <param name="Up">Of active uploads.</param>
/// <param name="Down">Of active downloads.</param>
/// <param name="NextUp">Of one that begins to upload.</param>
/// <param name="NextDown">Of one that begins to download.</param>
internal readonly record struct ShareLevels(double Up, double Down, double NextUp, double NextDown);
