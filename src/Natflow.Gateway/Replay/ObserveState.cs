using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Memory;

namespace Natflow.Gateway.Replay;

/// <summary>What <c>--observe</c> counts: conversations, subscribers, drops. One thread.</summary>
internal sealed class ObserveState : IDisposable
{
    private readonly ReplayWire _wire;
    private readonly Umem _umem;
    private readonly ChunkPool _pool;
    private readonly UserTable _users;
    private ReplayCounters _counters;

    internal ObserveState(ReplayWire wire, NatSettings nat, Umem umem, ChunkPool pool)
    {
        _wire = wire;
        _umem = umem;
        _pool = pool;
        _users = new UserTable(nat.UserCapacity, new FlowHash(nat.Seed));
    }

    /// <summary>What was counted.</summary>
    internal ref ReplayCounters Counters => ref _counters;

    /// <summary>What the parser dropped.</summary>
    internal ReasonCounters Drops { get; } = new();

    /// <summary>Subscribers seen; at most as many as the table holds.</summary>
    internal int UserCount => _users.Count;

    /// <summary>Counts a burst and frees what the parser dropped.</summary>
    /// <returns>How many frames are left, at the front.</returns>
    internal int Observe(Span<FrameDescriptor> frames, long nowMs)
    {
        int kept = 0;
        foreach (ref FrameDescriptor frame in frames)
        {
            if (frame.Kind == PacketKind.Drop)
            {
                Drops.Add(frame.Reason);
                _pool.Return(_umem.ChunkOf(frame.FrameOffset));
                continue;
            }

            CaptureDirection direction = _wire.Classify(in frame, nowMs);
            if (frame.Kind == PacketKind.Flow)
                CountUser(direction == CaptureDirection.FromInside ? frame.Key.SrcAddrBe : frame.Key.DstAddrBe, nowMs);
            _counters.Observed++;
            frames[kept++] = frame;
        }

        return kept;
    }

    public void Dispose()
    {
        _users.Dispose();
        Drops.Dispose();
    }

    private void CountUser(uint addressBe, long nowMs)
    {
        if (_users.Find(addressBe, zone: 0) == FlowTable.None)
            _users.Add(addressBe, zone: 0, nowMs);
    }
}
