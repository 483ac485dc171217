using System.Numerics;
using System.Runtime.CompilerServices;
using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Flows.Replication;
using Natflow.Flows.Table;
using Natflow.Memory;

namespace Natflow.Flows.Users;

/// <summary>Subscribers of a shard by LAN address and zone: chained hash table outside the managed heap, fixed capacity. Owner thread only.</summary>
public sealed class UserTable : IDisposable
{
    // Few chains have a second subscriber: whoever is found at the head was asked for in time, and so was all that it leads to.
    private const uint HeadsPerUser = 4;
    private const ulong HeadsMax = 1UL << 30;

    private readonly NativeArray<UserRecord> _records;
    private readonly NativeArray<UserGate> _gates;
    private readonly NativeArray<uint> _heads;
    private readonly NativeArray<UserRates> _rates;
    private readonly NativeArray<UserTally> _tallies;
    private readonly FlowHash _hash;
    private readonly PolicyTable? _ownPolicies;
    private readonly PolicyTable _policies;
    private readonly uint _mask;
    private PolicyLimits _defaultLimits = PolicyLimits.None;
    private uint _free = FlowTable.None;
    private uint _next;
    private uint _idleHead = FlowTable.None;
    private uint _idleTail = FlowTable.None;

    /// <summary>Maps room for <paramref name="capacity"/> subscribers.</summary>
    /// <param name="capacity">Most subscribers.</param>
    /// <param name="hash">The gateway's hash.</param>
    /// <param name="policies">The gateway's policy records; null makes some for this table alone.</param>
    /// <param name="policyBase">First of this table's records.</param>
    public UserTable(int capacity, FlowHash hash, PolicyTable? policies = null, uint policyBase = 0)
    {
        _ownPolicies = policies is null ? new PolicyTable(capacity) : null;
        _policies = policies ?? _ownPolicies!;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(policyBase + capacity, _policies.Capacity, nameof(policies));
        PolicyBase = policyBase;
        _records = new NativeArray<UserRecord>(capacity);
        _gates = new NativeArray<UserGate>(capacity);
        _rates = new NativeArray<UserRates>(capacity);
        _tallies = new NativeArray<UserTally>(capacity);
        _heads = new NativeArray<uint>((int)Math.Min((ulong)BitOperations.RoundUpToPowerOf2((uint)capacity) * HeadsPerUser, HeadsMax));
        _mask = (uint)_heads.Length - 1;
        _hash = hash;
        Foresight = new UserForesight(this, _heads, _records, _gates, _rates, _policies);
    }

    /// <summary>Asks the cache for what will be touched.</summary>
    public UserForesight Foresight { get; }

    /// <summary>Subscribers in the table.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes reserved.</summary>
    public long LengthBytes => _records.LengthBytes + _gates.LengthBytes + _heads.LengthBytes + _rates.LengthBytes + _tallies.LengthBytes;

    /// <summary>Highest index ever used plus one.</summary>
    public uint UsedIndexEnd => _next;

    /// <summary>The subscriber that has been without flows longest, or <see cref="FlowTable.None"/>.</summary>
    internal uint FirstIdle => _idleHead;

    /// <summary>A subscriber by index.</summary>
    public ref UserRecord this[uint index] => ref _records[index];

    /// <summary>What every packet of a subscriber needs. Dense, apart from the records.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // An address computation.
    public ref UserGate Gate(uint index) => ref _gates[index];

    /// <summary>Limits that a subscriber has from its first packet on.</summary>
    public PolicyLimits DefaultLimits
    {
        get => _defaultLimits;
        init => _defaultLimits = value;
    }

    /// <summary>Most that one subscriber gets of a contended line before shares are computed; no limit where lines are not shared.</summary>
    public PolicyLimits DefaultShare { get; private set; } = PolicyLimits.None;

    /// <summary>Moves with each change of any policy that a PPE's owner has to look at.</summary>
    internal uint PolicyVersion { get; private set; }

    /// <summary>Whether entries of a PPE know nothing of meters: then a meter that comes or goes makes flows stale, and a PPE lets go of them.</summary>
    internal bool HasPpeWithoutMeters { get; set; }

    /// <summary>Number of the first subscriber's policy record in the gateway's table.</summary>
    public uint PolicyBase { get; }

    /// <summary>A subscriber's compiled policy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // An address computation.
    public ref PolicyRecord Policy(uint index) => ref _policies[PolicyBase + index];

    /// <summary>Sets whether a subscriber's packets pass. Its flows, and what a PPE holds of them, are stale from now on.</summary>
    public void SetVerdict(uint index, Verdict verdict)
    {
        _records[index].PolicyVerdict = verdict;
        Policy(index).Verdict = verdict;
        Publish(index);
    }

    /// <summary>Sets a subscriber's rates. In force with the next packet, offloaded ones too; flows stay current, but for a PPE that has no meters.</summary>
    /// <param name="index">The subscriber.</param>
    /// <param name="limits">Valid limits.</param>
    public void SetLimits(uint index, in PolicyLimits limits)
    {
        ref UserRates rates = ref _rates[index];
        _records[index].HasOwnLimits = true;
        SetOwn(ref rates, in limits);
        if (Meter.Combine(ref Policy(index), in rates))
            PublishMeters(index);
    }

    /// <summary>Sets a subscriber's share of a contended line. In force with the next packet, offloaded ones too; flows stay current.</summary>
    /// <param name="index">The subscriber.</param>
    /// <param name="share">Valid limits.</param>
    public void SetShare(uint index, in PolicyLimits share)
    {
        ref UserRates rates = ref _rates[index];
        SetShare(ref rates, in share);
        if (Meter.Combine(ref Policy(index), in rates))
            PublishMeters(index);
    }

    /// <summary>Sets what every subscriber gets of a contended line until shares are computed. O(subscribers) where that is another share than before.</summary>
    /// <param name="share">Valid limits; none where lines are not shared.</param>
    public void SetDefaultShare(in PolicyLimits share)
    {
        if (share == DefaultShare)
            return;
        DefaultShare = share;
        for (uint index = 0; index < _next; index++)
        {
            if (_records[index].AddressBe != 0)
                SetShare(index, in share);
        }
    }

    /// <summary>Part of a contended line beside others', 1 to 1000.</summary>
    public ushort WeightOf(uint index) => _rates[index].Weight;

    /// <summary>
    /// Puts a compiled policy in force. The subscriber's flows, and what a PPE holds of them, are stale from now on, unless they were judged by the same
    /// policy already: the first packet's judgement is not undone by the user actor's consent. Other limits alone: as <see cref="SetLimits"/>.
    /// </summary>
    /// <param name="index">The subscriber.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    public void Apply(uint index, in UserPolicy policy, long nowMs)
    {
        ref UserRecord record = ref _records[index];
        ref UserRates rates = ref _rates[index];
        bool isSame = !policy.EndsFlows && record.PolicyVerdict == policy.Verdict && record.Status == policy.Status && record.AclSlots == policy.AclSlots;
        record.PolicyVerdict = policy.Verdict;
        record.Status = policy.Status;
        record.AclSlots = policy.AclSlots;
        record.Marks |= UserMarks.Greeted;
        record.HasOwnLimits = true;
        if (policy.EndsFlows)
            record.FlowsEndedMs = nowMs;
        Policy(index).Verdict = policy.Verdict;
        rates.Weight = policy.Weight;
        SetPinned(ref record, index, policy.IsPinned, nowMs);
        SetOwn(ref rates, policy.Limits);
        bool hasOtherMeters = Meter.Combine(ref Policy(index), in rates);
        if (!isSame)
            Publish(index);
        else if (hasOtherMeters)
            PublishMeters(index);
    }

    /// <summary>What another node needs to go on with a subscriber's policy and meters.</summary>
    /// <param name="index">The subscriber.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    internal UserPolicyState StateOf(uint index, long nowMs)
    {
        ref UserRecord record = ref _records[index];
        ref UserRates rates = ref _rates[index];
        ref PolicyRecord policy = ref Policy(index);
        return new UserPolicyState
        {
            OwnUpQ20 = rates.OwnUpQ20,
            OwnDownQ20 = rates.OwnDownQ20,
            OwnBurstMicroseconds = rates.OwnBurstMicroseconds,
            Weight = rates.Weight,
            AclSlots = record.AclSlots,
            UpAheadNs = Meter.AheadNs(policy.UpDueNs, nowMs),
            DownAheadNs = Meter.AheadNs(policy.DownDueNs, nowMs),
            AddressBe = record.AddressBe,
            Zone = record.Zone,
            Verdict = record.PolicyVerdict,
            Status = record.Status,
            Marks = (byte)(record.Marks & (UserMarks.Greeted | UserMarks.Pinned)),
            HasOwnLimits = record.HasOwnLimits ? (byte)1 : (byte)0,
        };
    }

    /// <summary>What a subscriber has used, as another node needs it to go on.</summary>
    internal UserFigures FiguresOf(uint index)
    {
        ref UserRecord record = ref _records[index];
        ref UserTally tally = ref _tallies[index];
        return new UserFigures
        {
            EndedPacketsOut = record.EndedPacketsOut,
            EndedPacketsIn = record.EndedPacketsIn,
            ToldPacketsOut = tally.ToldPacketsOut,
            ToldBytesOut = tally.ToldBytesOut,
            ToldPacketsIn = tally.ToldPacketsIn,
            ToldBytesIn = tally.ToldBytesIn,
            AddressBe = record.AddressBe,
            Zone = record.Zone,
        };
    }

    /// <summary>Goes on with what a subscriber has used at another node.</summary>
    internal void Apply(uint index, in UserFigures figures)
    {
        ref UserRecord record = ref _records[index];
        ref UserTally tally = ref _tallies[index];
        (record.EndedPacketsOut, record.EndedPacketsIn) = (figures.EndedPacketsOut, figures.EndedPacketsIn);
        (tally.ToldPacketsOut, tally.ToldBytesOut, tally.ToldPacketsIn, tally.ToldBytesIn) = (figures.ToldPacketsOut, figures.ToldBytesOut, figures.ToldPacketsIn, figures.ToldBytesIn);
    }

    /// <summary>Goes on with a policy and meters of another node.</summary>
    /// <param name="index">The subscriber.</param>
    /// <param name="state">Any bytes.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    /// <returns>False where they cannot be in force.</returns>
    internal bool TryApply(uint index, in UserPolicyState state, long nowMs)
    {
        if (state.Verdict is not (Verdict.Forward or Verdict.Drop) || state.Weight is 0 or > 1000 || state.OwnBurstMicroseconds > PolicyLimits.BurstMax.TotalMicroseconds
            || state.OwnUpQ20 > Meter.CostQ20(PolicyLimits.RateMin) || state.OwnDownQ20 > Meter.CostQ20(PolicyLimits.RateMin))
        {
            return false;
        }

        ref UserRecord record = ref _records[index];
        ref UserRates rates = ref _rates[index];
        ref PolicyRecord policy = ref Policy(index);
        record.PolicyVerdict = state.Verdict;
        record.Status = state.Status;
        record.AclSlots = state.AclSlots;
        record.HasOwnLimits = state.HasOwnLimits != 0;
        record.Marks |= (UserMarks)state.Marks & UserMarks.Greeted;
        SetPinned(ref record, index, ((UserMarks)state.Marks & UserMarks.Pinned) != UserMarks.None, nowMs);
        (rates.OwnUpQ20, rates.OwnDownQ20, rates.OwnBurstMicroseconds, rates.Weight) = (state.OwnUpQ20, state.OwnDownQ20, state.OwnBurstMicroseconds, state.Weight);
        policy.Verdict = state.Verdict;
        Meter.Combine(ref policy, in rates);
        policy.UpDueNs = Meter.DueNs(state.UpAheadNs, policy.UpBurstMicroseconds, nowMs);
        policy.DownDueNs = Meter.DueNs(state.DownAheadNs, policy.DownBurstMicroseconds, nowMs);
        Publish(index);
        return true;
    }

    /// <summary>Keeps a subscriber without flows out of the list of those that are given up.</summary>
    internal void Park(uint index)
    {
        UnlinkIdle(index);
        _records[index].Marks |= UserMarks.Parked;
    }

    internal ref UserTally Tally(uint index) => ref _tallies[index];

    /// <summary>Sets everybody's rates: of subscribers to come, and of those that got none of their own.</summary>
    /// <remarks>O(subscribers).</remarks>
    internal void ApplyLimits(in PolicyLimits limits)
    {
        if (_defaultLimits == limits)
            return;
        _defaultLimits = limits;
        for (uint index = 0; index < _next; index++)
        {
            if (_records[index].AddressBe == 0 || _records[index].HasOwnLimits)
                continue;
            SetOwn(ref _rates[index], in limits);
            if (Meter.Combine(ref Policy(index), in _rates[index]))
                PublishMeters(index);
        }
    }

    /// <summary>Sets or clears policy flags other than the meters'.</summary>
    public void SetFlags(uint index, PolicyFlags flags, byte dscp = 0)
    {
        ref PolicyRecord policy = ref Policy(index);
        policy.Dscp = policy.DscpDown = dscp;
        policy.Flags = (policy.Flags & (PolicyFlags.MeterUp | PolicyFlags.MeterDown)) | (flags & (PolicyFlags.SetDscp | PolicyFlags.NoOffload));
        Publish(index);
    }

    /// <summary>The subscriber with an address, or <see cref="FlowTable.None"/>.</summary>
    public uint Find(uint addressBe, ushort zone)
    {
        uint head = _heads[PositionOf(addressBe, zone)];
        while (head != 0)
        {
            ref UserRecord record = ref _records[head - 1];
            if (record.AddressBe == addressBe && record.Zone == zone)
                return head - 1;
            head = record.Next;
        }

        return FlowTable.None;
    }

    /// <summary>Adds a subscriber without flows.</summary>
    /// <returns>Its index, or <see cref="FlowTable.None"/> when the table is full.</returns>
    public uint Add(uint addressBe, ushort zone, long nowMs)
    {
        uint index = _free;
        if (index != FlowTable.None)
        {
            _free = _records[index].Next;
        }
        else
        {
            if (_next == (uint)_records.Length)
                return FlowTable.None;
            index = _next++;
        }

        Put(index, addressBe, zone, nowMs);
        StartPolicy(index);
        return index;
    }

    /// <summary>
    /// Adds a subscriber whose policy record an earlier gateway left, in the place of that record. Places are filled in ascending order, before anybody else is added. A record
    /// that says what is in force now stays as it is, generation and meters included: what a PPE holds of the subscriber goes on.
    /// </summary>
    /// <returns>False when the place is taken or out of range.</returns>
    internal bool TryAddAt(uint index, uint addressBe, ushort zone, long nowMs)
    {
        if (index < _next || index >= (uint)_records.Length)
            return false;
        for (; _next < index; _next++)
        {
            _records[_next].Next = _free;
            _free = _next;
        }

        _next++;
        Put(index, addressBe, zone, nowMs);
        _tallies[index] = default;
        _rates[index] = new UserRates { Weight = 1 };
        SetOwn(ref _rates[index], DefaultLimits);
        PolicyRecord wanted = default;
        wanted.Verdict = Verdict.Forward;
        Meter.Set(ref wanted, DefaultLimits);
        ushort generation = Policy(index).Generation;
        if (Policy(index).SaysAs(in wanted) && PolicyStamp.IsGeneration(generation))
        {
            _gates[index].PolicyStamp = PolicyStamp.Of(generation, wanted.Flags);
            _records[index].PolicyFlags = wanted.Flags;
        }
        else
        {
            StartPolicy(index);
        }

        return true;
    }

    private void Put(uint index, uint addressBe, ushort zone, long nowMs)
    {
        ref uint head = ref _heads[PositionOf(addressBe, zone)];
        _records[index] = new UserRecord
        {
            AddressBe = addressBe,
            Zone = zone,
            PublicAddressIndex = -1,
            FirstBlock = FlowTable.None,
            PolicyVerdict = Verdict.Forward,
            Next = head,
        };
        _gates[index].PathIndex = PathTable.None;
        head = index + 1;
        Count++;
        LinkIdle(index, nowMs);
    }

    /// <summary>Counts a flow that starts.</summary>
    public void OnFlowStarted(uint index)
    {
        ref UserRecord record = ref _records[index];
        if (record.FlowCount++ != 0)
            return;
        if ((record.Marks & UserMarks.Parked) != UserMarks.None)
            record.Marks &= ~UserMarks.Parked;
        else
            UnlinkIdle(index);
    }

    /// <summary>Counts a flow that ended, with its bytes.</summary>
    public void OnFlowEnded(uint index, ulong bytesOut, ulong bytesIn, long nowMs)
    {
        ref UserRecord record = ref _records[index];
        record.EndedBytesOut += bytesOut;
        record.EndedBytesIn += bytesIn;
        if (--record.FlowCount == 0)
            LinkIdle(index, nowMs);
    }

    /// <summary>The subscriber that has been without flows longest, if that is long enough.</summary>
    /// <param name="sinceMs">Without flows since this time or longer.</param>
    /// <param name="index">The subscriber; the caller releases its blocks and removes it.</param>
    public bool TryPeekIdle(long sinceMs, out uint index)
    {
        index = _idleHead;
        return index != FlowTable.None && _records[index].IdleSinceMs <= sinceMs;
    }

    /// <summary>Takes a subscriber without flows out.</summary>
    public void Remove(uint index)
    {
        UnlinkIdle(index);
        ref UserRecord record = ref _records[index];
        ref uint link = ref _heads[PositionOf(record.AddressBe, record.Zone)];
        while (link != index + 1)
            link = ref _records[link - 1].Next;
        link = record.Next;
        record = default;
        record.Next = _free;
        _free = index;
        Policy(index).Verdict = Verdict.Drop;
        Publish(index);
        Count--;
    }

    /// <inheritdoc cref="NativeBlock.TryPopulate" />
    public bool TryPopulate() =>
        _records.TryPopulate() & _gates.TryPopulate() & _heads.TryPopulate() & _rates.TryPopulate() & _tallies.TryPopulate()
        & (_ownPolicies?.TryPopulate() ?? true);

    /// <inheritdoc />
    public void Dispose()
    {
        _records.Dispose();
        _gates.Dispose();
        _heads.Dispose();
        _rates.Dispose();
        _tallies.Dispose();
        _ownPolicies?.Dispose();
    }

    private static void SetOwn(ref UserRates rates, in PolicyLimits limits)
    {
        rates.OwnUpQ20 = Meter.CostQ20(limits.UpBitsPerSecond);
        rates.OwnDownQ20 = Meter.CostQ20(limits.DownBitsPerSecond);
        rates.OwnBurstMicroseconds = (uint)limits.Burst.TotalMicroseconds;
    }

    private static void SetShare(ref UserRates rates, in PolicyLimits share)
    {
        rates.ShareUpQ20 = Meter.CostQ20(share.UpBitsPerSecond);
        rates.ShareDownQ20 = Meter.CostQ20(share.DownBitsPerSecond);
        rates.ShareBurstMicroseconds = (uint)share.Burst.TotalMicroseconds;
    }

    private void SetPinned(ref UserRecord record, uint index, bool isPinned, long nowMs)
    {
        record.Marks = isPinned ? record.Marks | UserMarks.Pinned : record.Marks & ~UserMarks.Pinned;
        if (isPinned || (record.Marks & UserMarks.Parked) == UserMarks.None)
            return;
        record.Marks &= ~UserMarks.Parked;
        LinkIdle(index, nowMs);
    }

    // Whoever had the entry before left a generation behind: what a PPE still holds of that one stays void.
    private void StartPolicy(uint index)
    {
        ref PolicyRecord policy = ref Policy(index);
        _gates[index].PolicyStamp = PolicyStamp.Of(policy.Generation, PolicyFlags.None); // Of an earlier gateway, perhaps: numbers go on from there.
        policy = new PolicyRecord { Generation = policy.Generation, Verdict = Verdict.Forward };
        _tallies[index] = default;
        ref UserRates rates = ref _rates[index];
        rates = new UserRates { Weight = 1 };
        SetOwn(ref rates, DefaultLimits);
        SetShare(ref rates, DefaultShare);
        Meter.Combine(ref policy, in rates);
        Publish(index);
    }

    // The generation last: a reader that sees it sees the rest.
    private void Publish(uint index)
    {
        ushort generation = PolicyStamp.NextGeneration(_gates[index].PolicyStamp);
        Stamp(index, generation);
        Volatile.Write(ref Policy(index).Generation, generation);
    }

    // Who reads the record for each packet needs no other generation.
    private void PublishMeters(uint index)
    {
        if (HasPpeWithoutMeters)
            Publish(index);
        else
            Stamp(index, _gates[index].PolicyStamp);
    }

    private void Stamp(uint index, ushort generation)
    {
        PolicyFlags flags = Policy(index).Flags;
        _records[index].PolicyFlags = flags;
        _gates[index].PolicyStamp = PolicyStamp.Of(generation, flags);
        PolicyVersion++;
    }

    /// <summary>Position of the chain head of an address.</summary>
    internal uint PositionOf(uint addressBe, ushort zone) => _hash.Of(addressBe | ((ulong)zone << 32)) & _mask;

    private void LinkIdle(uint index, long nowMs)
    {
        ref UserRecord record = ref _records[index];
        record.IdleSinceMs = nowMs;
        record.IdleNext = FlowTable.None;
        record.IdlePrevious = _idleTail;
        if (_idleTail == FlowTable.None)
            _idleHead = index;
        else
            _records[_idleTail].IdleNext = index;
        _idleTail = index;
    }

    private void UnlinkIdle(uint index)
    {
        ref UserRecord record = ref _records[index];
        if (record.IdlePrevious == FlowTable.None)
            _idleHead = record.IdleNext;
        else
            _records[record.IdlePrevious].IdleNext = record.IdleNext;
        if (record.IdleNext == FlowTable.None)
            _idleTail = record.IdlePrevious;
        else
            _records[record.IdleNext].IdlePrevious = record.IdlePrevious;
    }
}
