using Natflow.Flows.Replication;
using Natflow.Flows.Shards;

namespace Natflow.Gateway.Replication;

/// <summary>A shard's part in replication: as the owner's tap, or as the standby's copy.</summary>
/// <remarks>The shard's thread.</remarks>
internal sealed class ShardReplication(ShardState shard) : IDisposable
{
    private const int SliceMin = 64;
    private const int SliceMax = 8192;
    private const int PassSlices = 20; // Of a millisecond at the least: a small table is gone round in 20 ms.
    private const int FlushSlice = 1 << 16;

    private ReplicationTap? _tap;
    private ReplicationLink? _link;
    private ReplicaApplier? _copy;
    private long _sweptMs;
    private bool _isFirstPass;
    private bool _hasBegun;
    private bool _isFlushing;
    private long _ownedUntilMs = long.MaxValue;

    /// <summary>Until when this node forwards the shard, ms of the worker's clock: in a cluster the end of its lease, else for ever. Any thread.</summary>
    internal long OwnedUntilMs
    {
        get => Volatile.Read(ref _ownedUntilMs);
        set => Volatile.Write(ref _ownedUntilMs, value);
    }

    /// <summary>Whether the shard is another node's, or nobody's.</summary>
    internal bool IsElsewhere(long nowMs) => nowMs >= OwnedUntilMs;

    internal TapRequest OnTap(TapRequest request)
    {
        _link = request.Link;
        _isFlushing = false;
        if (_link is null)
            return request;
        _tap ??= new ReplicationTap(shard, request.AgeMs);
        _tap.AgeMs = request.AgeMs;
        _tap.Restart();
        _isFirstPass = true;
        _hasBegun = false;
        _copy?.Dispose();
        _copy = null;
        return request;
    }

    internal TapFlushRequest OnFlush(TapFlushRequest request)
    {
        if (_tap is not { } tap)
            return request;
        tap.AgeMs = 0;
        tap.IsLast = true;
        tap.BeginPass();
        _isFlushing = true;
        return request;
    }

    internal ReplicaResetRequest OnReset(ReplicaResetRequest request, long nowMs)
    {
        if (!IsElsewhere(nowMs))
            return request;
        _link = null;
        _copy ??= new ReplicaApplier(shard);
        _copy.Reset(nowMs);
        return request;
    }

    internal ReplicaAnswer Apply(ReplicaRecords request, long nowMs)
    {
        if (!IsElsewhere(nowMs))
            return new ReplicaAnswer(IsWhole: false, RefusedCount: 0);
        _copy ??= new ReplicaApplier(shard);
        bool isWhole = _copy.Apply(request.Records.Span, nowMs);
        return new ReplicaAnswer(isWhole, _copy.RefusedCount);
    }

    /// <summary>One slice a millisecond at most.</summary>
    /// <returns>Whether there was anything to tell.</returns>
    internal bool Sweep(long nowMs)
    {
        if (_link is not { } link || _tap is not { } tap || (nowMs == _sweptMs && !_isFlushing))
            return false;
        _sweptMs = nowMs;
        Span<byte> buffer = link.Rent();
        if (buffer.IsEmpty)
            return false;
        if (!_hasBegun)
        {
            _hasBegun = true;
            link.Send(0, ReplicationMark.Begin);
            return true;
        }

        int slice = _isFlushing ? FlushSlice : Math.Clamp((int)(shard.Flows.UsedIndexEnd + shard.Ipv6.Flows.UsedIndexEnd + shard.Users.UsedIndexEnd + (uint)shard.Blocks.BlockCount) / PassSlices, SliceMin, SliceMax);
        int lengthBytes = tap.Sweep(nowMs, slice, buffer, out bool isPassOver);
        ReplicationMark mark = !isPassOver ? ReplicationMark.None : _isFlushing ? ReplicationMark.Flushed : _isFirstPass ? ReplicationMark.Whole : ReplicationMark.None;
        if (isPassOver)
        {
            _isFirstPass = false;
            if (_isFlushing)
                _link = null; // The last word.
            _isFlushing = false;
        }

        if (lengthBytes == 0 && mark == ReplicationMark.None)
            return false;
        link.Send(lengthBytes, mark);
        return true;
    }

    public void Dispose()
    {
        _tap?.Dispose();
        _copy?.Dispose();
    }
}
