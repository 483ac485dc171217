namespace Natflow.Cluster.Replication;

/// <summary>
/// The last frames of a shard's owner, numbered: a standby that lost its connection goes on where it was, as long as the log reaches back, and begins with a
/// whole copy else. Bounded in bytes.
/// </summary>
/// <remarks>Any thread.</remarks>
public sealed class ReplicationLog
{
    private readonly Lock _lock = new();
    private readonly LinkedList<(long Sequence, byte[] Bytes, long AddedTimestamp)> _frames = [];
    private readonly long _bytesMax;
    private readonly TimeProvider _clock;
    private long _lengthBytes;
    private long _lastSequence;
    private long _beginSequence;
    private long _wholeSequence;
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>An empty log.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="token">The owner's fencing token: each frame carries it.</param>
    /// <param name="bytesMax">Bytes kept.</param>
    /// <param name="clock">Time, for the lag.</param>
    public ReplicationLog(int shard, long token, long bytesMax, TimeProvider clock)
    {
        Shard = shard;
        Token = token;
        _bytesMax = bytesMax;
        _clock = clock;
    }

    /// <summary>The shard.</summary>
    public int Shard { get; }

    /// <summary>The owner's token.</summary>
    public long Token { get; }

    /// <summary>Number of the last frame; 0 for none.</summary>
    public long LastSequence
    {
        get
        {
            lock (_lock)
                return _lastSequence;
        }
    }

    /// <summary>Appends a frame.</summary>
    /// <returns>Its number.</returns>
    public long Append(ReplicationKind kind, ReadOnlySpan<byte> payload)
    {
        lock (_lock)
        {
            byte[] bytes = ReplicationFrame.Write(new ReplicationFrame(kind, (ushort)Shard, payload.Length, ++_lastSequence, Token), payload);
            _frames.AddLast((_lastSequence, bytes, _clock.GetTimestamp()));
            _lengthBytes += bytes.Length;
            if (kind == ReplicationKind.Begin)
                _beginSequence = _lastSequence;
            if (kind is ReplicationKind.Whole or ReplicationKind.Flushed)
                _wholeSequence = _lastSequence;
            while (_lengthBytes > _bytesMax && _frames.Count > 1)
            {
                _lengthBytes -= _frames.First!.Value.Bytes.Length;
                _frames.RemoveFirst();
            }

            _more.TrySetResult();
            return _lastSequence;
        }
    }

    /// <summary>Where a standby is to begin.</summary>
    /// <param name="token">Token of the copy that it has.</param>
    /// <param name="sequence">Last frame that it applied.</param>
    /// <returns>Number of the first frame for it; 0 where a whole copy must be begun.</returns>
    public long StartFor(long token, long sequence)
    {
        lock (_lock)
        {
            long first = _frames.First?.Value.Sequence ?? long.MaxValue;
            if (token == Token && sequence >= _beginSequence && sequence <= _lastSequence && sequence + 1 >= Math.Min(first, _lastSequence + 1) && sequence > 0)
                return sequence + 1;
            return _beginSequence != 0 && _beginSequence >= first ? _beginSequence : 0;
        }
    }

    /// <summary>Frames from a number on.</summary>
    /// <param name="sequence">The number.</param>
    /// <param name="frames">Gets them.</param>
    /// <param name="more">Ends when there are more; only where none came.</param>
    /// <returns>False where the log does not reach back to it any more.</returns>
    public bool TryRead(long sequence, List<byte[]> frames, out Task more)
    {
        lock (_lock)
        {
            if (_more.Task.IsCompleted)
                _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            more = _more.Task;
            if (sequence <= _lastSequence && (_frames.First is not { } first || first.Value.Sequence > sequence))
                return false;
            for (LinkedListNode<(long Sequence, byte[] Bytes, long)>? node = _frames.Last; node is not null && node.Value.Sequence >= sequence; node = node.Previous)
                frames.Add(node.Value.Bytes);
            frames.Reverse();
            return true;
        }
    }

    /// <summary>Whether a standby's copy is whole: not one that was begun anew since.</summary>
    /// <param name="acknowledged">Last frame that it applied.</param>
    public bool IsWhole(long acknowledged)
    {
        lock (_lock)
            return _wholeSequence > _beginSequence && acknowledged >= _wholeSequence;
    }

    /// <summary>How far behind a standby is: age of the oldest frame that it has not applied.</summary>
    /// <param name="acknowledged">Last frame that it applied.</param>
    public TimeSpan LagOf(long acknowledged)
    {
        lock (_lock)
        {
            LinkedListNode<(long Sequence, byte[] Bytes, long Added)>? oldest = _frames.Last;
            if (oldest is null || oldest.Value.Sequence <= acknowledged)
                return TimeSpan.Zero;
            while (oldest.Previous is { } previous && previous.Value.Sequence > acknowledged)
                oldest = previous;
            return _clock.GetElapsedTime(oldest.Value.Added);
        }
    }
}
