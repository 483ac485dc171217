using System.Runtime.InteropServices;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Shards;
using Natflow.Flows.Snapshot;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Memory;

namespace Natflow.Flows.Replication;

/// <summary>Tells users: who there is, what is decided about them, what they have used.</summary>
internal sealed class UserTap(ShardState shard) : IDisposable
{
    // Totals and meters move with each packet: told so often, ms.
    private const uint FiguresMs = 2000;

    private readonly NativeArray<ulong> _sentUsers = new(shard.Settings.UserCapacity);
    private readonly NativeArray<ulong> _sentPolicies = new(shard.Settings.UserCapacity);
    private readonly NativeArray<ulong> _keys = new(shard.Settings.UserCapacity);
    private readonly NativeArray<ulong> _totals = new(shard.Settings.UserCapacity);
    private readonly NativeArray<uint> _toldMs = new(shard.Settings.UserCapacity);

    internal long RecordCount { get; private set; }

    internal void Clear()
    {
        _sentUsers.Span.Clear();
        _sentPolicies.Span.Clear();
        _keys.Span.Clear();
    }

    // One record of a user at a time, and its policy with it: the user first, for what refers to it.
    internal int Look(uint index, long nowMs, bool isLast, Span<byte> output)
    {
        ref UserRecord user = ref shard.Users[index];
        ulong key = user.AddressBe | ((ulong)user.Zone << 32);
        if (user.AddressBe == 0 || (_keys[index] != key && _keys[index] != 0))
            return 0; // The end of the one before is told first.
        bool isNew = _keys[index] == 0;
        _keys[index] = key;
        int written = 0;
        if (isNew && shard.Ipv6.Subscribers.IndexOf(user.AddressBe) is not FlowTable.None and uint subscriber)
            written = WriteSubscriber(subscriber, output);
        bool isDue = isLast || (uint)nowMs - _toldMs[index] >= FiguresMs;
        written += WriteUser(index, in user, nowMs, isDue, output[written..]);
        return written + WritePolicy(index, in user, nowMs, isDue, output[written..]);
    }

    // Behind the ends of its flows: a user with flows is not given up.
    internal int LookForEnd(uint index, Span<byte> output)
    {
        ref UserRecord user = ref shard.Users[index];
        return _keys[index] != 0 && _keys[index] != (user.AddressBe | ((ulong)user.Zone << 32)) ? WriteEnd(index, output) : 0;
    }

    public void Dispose()
    {
        _sentUsers.Dispose();
        _sentPolicies.Dispose();
        _keys.Dispose();
        _totals.Dispose();
        _toldMs.Dispose();
    }

    private int WriteUser(uint index, in UserRecord user, long nowMs, bool isDue, Span<byte> output)
    {
        ulong word = SentWord.Mark | SentWord.Mix(user.AddressBe | ((ulong)user.Zone << 32), (ushort)user.PublicAddressIndex | ((ulong)user.PolicyVerdict << 16));
        UserFigures figures = shard.Users.FiguresOf(index);
        ulong totals = SentWord.Mix(user.EndedBytesOut ^ figures.ToldBytesOut, user.EndedBytesIn ^ figures.ToldBytesIn);
        if (word == _sentUsers[index] && (!isDue || totals == _totals[index]))
            return 0;
        _sentUsers[index] = word;
        _totals[index] = totals;
        _toldMs[index] = (uint)nowMs;
        int written = Write(output, new ReplicatedUser
        {
            Head = new ReplicationHead { Kind = ReplicationKind.User, SourceIndex = index },
            User = ShardSnapshot.RecordOf(shard, in user, user.FlowCount == 0 ? nowMs - user.IdleSinceMs : 0),
        }, ReplicatedUser.SizeBytes);
        return written + Write(
            output[written..], new ReplicatedFigures { Head = new ReplicationHead { Kind = ReplicationKind.Figures, SourceIndex = index }, Figures = figures }, ReplicatedFigures.SizeBytes);
    }

    private int WritePolicy(uint index, in UserRecord user, long nowMs, bool isDue, Span<byte> output)
    {
        UserPolicyState state = shard.Users.StateOf(index, nowMs);
        bool isMetered = (user.PolicyFlags & (PolicyFlags.MeterUp | PolicyFlags.MeterDown)) != PolicyFlags.None;
        ulong meters = isMetered && isDue ? (ulong)state.UpAheadNs ^ ((ulong)state.DownAheadNs << 1) : 0;
        ulong word = SentWord.Mark | SentWord.Mix(
            SentWord.Mix(state.OwnUpQ20, state.OwnDownQ20) ^ state.AclSlots,
            state.OwnBurstMicroseconds | ((ulong)state.Weight << 32) | ((ulong)state.Verdict << 48) | ((ulong)state.Status << 56)) ^ state.Marks ^ ((ulong)state.HasOwnLimits << 8);
        if ((word == _sentPolicies[index] && meters == 0) || (_sentPolicies[index] == 0 && state.Marks == 0 && state.HasOwnLimits == 0 && !isMetered))
            return 0;
        _sentPolicies[index] = word;
        if (meters != 0)
            _toldMs[index] = (uint)nowMs;
        return Write(output, new ReplicatedPolicy { Head = new ReplicationHead { Kind = ReplicationKind.Policy, SourceIndex = index }, State = state }, ReplicatedPolicy.SizeBytes);
    }

    private int WriteEnd(uint index, Span<byte> output)
    {
        var gone = new SnapshotUser { AddressBe = (uint)_keys[index], Zone = (ushort)(_keys[index] >> 32) };
        _keys[index] = _sentUsers[index] = _sentPolicies[index] = 0;
        return Write(output, new ReplicatedUser { Head = new ReplicationHead { Kind = ReplicationKind.UserEnd, SourceIndex = index }, User = gone }, ReplicatedUser.SizeBytes);
    }

    private int WriteSubscriber(uint index, Span<byte> output)
    {
        ref SubscriberRecord subscriber = ref shard.Ipv6.Subscribers[index];
        return Write(output, new ReplicatedSubscriber
        {
            Head = new ReplicationHead { Kind = ReplicationKind.Subscriber, SourceIndex = index },
            Subscriber = new SnapshotSubscriber { Address = subscriber.Address, StandInBe = shard.Ipv6.Subscribers.StandInBe(index), Zone = subscriber.Zone },
        }, ReplicatedSubscriber.SizeBytes);
    }

    private int Write<T>(Span<byte> output, in T record, int lengthBytes)
        where T : unmanaged
    {
        MemoryMarshal.Write(output, in record);
        RecordCount++;
        return lengthBytes;
    }
}
