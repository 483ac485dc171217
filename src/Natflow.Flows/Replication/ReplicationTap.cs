using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Shards;
using Natflow.Flows.Snapshot;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Memory;

namespace Natflow.Flows.Replication;

/// <summary>
/// Finds what a standby does not know yet: goes round the tables in slices and compares each entry with the word that says what was sent of it. Packets cost
/// nothing more; a slice costs a sequential read.
/// </summary>
/// <remarks>The shard's thread. Nothing is allocated after the start.</remarks>
public sealed class ReplicationTap : IDisposable
{
    /// <summary>Longest record: a buffer with less room left is full.</summary>
    public const int RecordBytesMax = ReplicatedFlow.SizeBytes;

    // A flow in use is told again each 16 s, so that a standby which takes over knows its idle time to that.
    private const int RefreshShift = 14;
    private const ulong SentMark = 1UL << 63;
    private const ulong IdentityMask = 0x7FFF_FFFF_0000_0000;

    private readonly ShardState _shard;
    private readonly NativeArray<ulong> _sentFlows;
    private readonly NativeArray<ulong> _sentUsers;
    private uint _cursor;
    private bool _isInFlows;

    /// <summary>A tap that has sent nothing.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="ageMs">Flows younger than this are not told: most are over by then.</param>
    public ReplicationTap(ShardState shard, long ageMs)
    {
        ArgumentNullException.ThrowIfNull(shard);
        _shard = shard;
        AgeMs = ageMs;
        _sentFlows = new NativeArray<ulong>(shard.Flows.Capacity);
        _sentUsers = new NativeArray<ulong>(shard.Settings.UserCapacity);
    }

    /// <summary>Flows younger than this, ms, are not told.</summary>
    public long AgeMs { get; set; }

    /// <summary>Records written.</summary>
    public long RecordCount { get; private set; }

    /// <summary>Forgets what was sent, and begins a pass: everything is told again.</summary>
    public void Restart()
    {
        _sentFlows.Span.Clear();
        _sentUsers.Span.Clear();
        BeginPass();
    }

    /// <summary>Begins a pass.</summary>
    public void BeginPass()
    {
        _cursor = 0;
        _isInFlows = false;
    }

    /// <summary>Looks at some entries and writes what is new.</summary>
    /// <param name="nowMs">Shard clock, ms.</param>
    /// <param name="budget">Most entries to look at.</param>
    /// <param name="output">Gets whole records.</param>
    /// <param name="isPassOver">Whether the last entry was looked at; the next call begins again.</param>
    /// <returns>Bytes written.</returns>
    public int Sweep(long nowMs, int budget, Span<byte> output, out bool isPassOver)
    {
        int written = 0;
        isPassOver = false;
        for (; budget > 0 && output.Length - written >= RecordBytesMax; budget--)
        {
            uint end = _isInFlows ? _shard.Flows.UsedIndexEnd : _shard.Users.UsedIndexEnd;
            if (_cursor >= end)
            {
                _cursor = 0;
                isPassOver = _isInFlows;
                _isInFlows = !_isInFlows;
                if (isPassOver)
                    break;
                continue;
            }

            written += _isInFlows ? LookAtFlow(_cursor, nowMs, output[written..]) : LookAtUser(_cursor, nowMs, output[written..]);
            _cursor++;
        }

        return written;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _sentFlows.Dispose();
        _sentUsers.Dispose();
    }

    private int LookAtFlow(uint index, long nowMs, Span<byte> output)
    {
        ref FlowRecord flow = ref _shard.Flows.Flow(index);
        ulong sent = _sentFlows[index];
        bool isOldEnough = flow.State != FlowState.None && nowMs - _shard.Flows.Cold(index).CreatedMs >= AgeMs;
        if (!isOldEnough)
        {
            // The place is free, or a flow's that is not told yet: of the one before only the end is.
            if (sent == 0 || (flow.State != FlowState.None && IdentityOf(in flow) == (sent & IdentityMask)))
                return 0;
            _sentFlows[index] = 0;
            return Write(output, new ReplicationHead { Kind = ReplicationKind.FlowEnd, SourceIndex = index });
        }

        ulong word = SentMark | IdentityOf(in flow) | ((ulong)flow.State << 16) | (ushort)(flow.LastSeenMs >> RefreshShift);
        if (word == sent)
            return 0;
        _sentFlows[index] = word;
        return Write(output, new ReplicatedFlow
        {
            Head = new ReplicationHead { Kind = ReplicationKind.Flow, SourceIndex = index },
            Flow = ShardSnapshot.RecordOf(_shard, index, nowMs),
        });
    }

    private int LookAtUser(uint index, long nowMs, Span<byte> output)
    {
        ref UserRecord user = ref _shard.Users[index];
        if (user.AddressBe == 0)
        {
            _sentUsers[index] = 0; // The standby lets it go when it is idle there.
            return 0;
        }

        ulong word = SentMark | Mix(user.AddressBe | ((ulong)user.Zone << 32), (ushort)user.PublicAddressIndex | ((ulong)user.PolicyVerdict << 16));
        if (word == _sentUsers[index])
            return 0;
        _sentUsers[index] = word;
        return Write(output, new ReplicatedUser
        {
            Head = new ReplicationHead { Kind = ReplicationKind.User, SourceIndex = index },
            User = ShardSnapshot.RecordOf(_shard, in user, user.FlowCount == 0 ? nowMs - user.IdleSinceMs : 0),
        });
    }

    // A flow that follows another in its place differs in its ends, as good as always: 31 bits of a mix.
    private static ulong IdentityOf(in FlowRecord flow) => Mix(
        flow.InsideAddrBe | ((ulong)flow.RemoteAddrBe << 32),
        flow.InsidePortBe | ((ulong)flow.RemotePortBe << 16) | ((ulong)flow.ExternalPortBe << 32) | ((ulong)flow.Protocol << 48)) & IdentityMask;

    private static ulong Mix(ulong a, ulong b)
    {
        ulong mixed = (a ^ (b * 0x9E37_79B9_7F4A_7C15)) * 0xD6E8_FEB8_6659_FD93;
        return (mixed ^ (mixed >> 32)) * 0xD6E8_FEB8_6659_FD93;
    }

    private int Write<T>(Span<byte> output, in T record)
        where T : unmanaged
    {
        MemoryMarshal.Write(output, in record);
        RecordCount++;
        return Unsafe.SizeOf<T>();
    }
}
