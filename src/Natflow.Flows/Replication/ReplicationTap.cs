using Natflow.Flows.Shards;

namespace Natflow.Flows.Replication;

/// <summary>
/// Finds what a standby does not know yet: goes round the tables in slices and compares each entry with the word that says what was sent of it. Packets cost
/// nothing more; a slice costs a sequential read.
/// </summary>
/// <remarks>The shard's thread. Nothing is allocated after the start.</remarks>
public sealed class ReplicationTap : IDisposable
{
    /// <summary>Most that one entry needs: a buffer with less room left is full.</summary>
    public const int RecordBytesMax = ReplicatedSubscriber.SizeBytes + ReplicatedUser.SizeBytes + ReplicatedFigures.SizeBytes + ReplicatedPolicy.SizeBytes;

    private const int Phases = 6;

    private readonly ShardState _shard;
    private readonly UserTap _users;
    private readonly BlockTap _blocks;
    private readonly FlowTap _flows;
    private readonly Ipv6FlowTap _ipv6Flows;
    private readonly LeaseTap _leases;
    private uint _cursor;
    private int _phase;

    /// <summary>A tap that has sent nothing.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="ageMs">Flows younger than this are not told: most are over by then.</param>
    public ReplicationTap(ShardState shard, long ageMs)
    {
        ArgumentNullException.ThrowIfNull(shard);
        _shard = shard;
        AgeMs = ageMs;
        _users = new UserTap(shard);
        _blocks = new BlockTap(shard);
        _flows = new FlowTap(shard);
        _ipv6Flows = new Ipv6FlowTap(shard);
        _leases = new LeaseTap(shard);
    }

    /// <summary>Flows younger than this, ms, are not told.</summary>
    public long AgeMs { get; set; }

    /// <summary>Whether this pass is the last: figures are told to the last packet, not only now and then.</summary>
    public bool IsLast { get; set; }

    /// <summary>Records written.</summary>
    public long RecordCount => _users.RecordCount + _blocks.RecordCount + _flows.RecordCount + _ipv6Flows.RecordCount + _leases.RecordCount;

    /// <summary>Forgets what was sent, and begins a pass: everything is told again.</summary>
    public void Restart()
    {
        _users.Clear();
        _blocks.Clear();
        _flows.Clear();
        _ipv6Flows.Clear();
        _leases.Clear();
        IsLast = false;
        BeginPass();
    }

    /// <summary>Begins a pass.</summary>
    public void BeginPass()
    {
        _cursor = 0;
        _phase = 0;
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
            if (_cursor < EndOfPhase())
            {
                written += Look(_cursor++, nowMs, output[written..]);
                continue;
            }

            _cursor = 0;
            isPassOver = ++_phase == Phases;
            if (!isPassOver)
                continue;
            _phase = 0;
            break;
        }

        return written;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _users.Dispose();
        _blocks.Dispose();
        _flows.Dispose();
        _ipv6Flows.Dispose();
        _leases.Dispose();
    }

    // Users come before what refers to them, and end after it; a block is free when its last flow is.
    private uint EndOfPhase() => _phase switch
    {
        0 or 4 => _shard.Users.UsedIndexEnd,
        1 => _shard.Flows.UsedIndexEnd,
        2 => _shard.Ipv6.Flows.UsedIndexEnd,
        3 => _leases.UsedIndexEnd,
        _ => (uint)_shard.Blocks.BlockCount,
    };

    private int Look(uint index, long nowMs, Span<byte> output) => _phase switch
    {
        0 => _users.Look(index, nowMs, IsLast, output),
        1 => _flows.Look(index, nowMs, AgeMs, IsLast, output),
        2 => _ipv6Flows.Look(index, nowMs, AgeMs, IsLast, output),
        3 => _leases.Look(index, nowMs, output),
        4 => _users.LookForEnd(index, output),
        _ => _blocks.Look(index, nowMs, output),
    };
}
