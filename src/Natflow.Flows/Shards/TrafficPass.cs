using Natflow.Flows.Conntrack;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Memory;

namespace Natflow.Flows.Shards;

/// <summary>
/// Tells what each subscriber sent and got, without a word more for a packet: a pass every two seconds sums up the living flows and then goes through the
/// subscribers, both a slice at a time. It also takes out the flows that a user actor has ended and that no packet has met since.
/// </summary>
/// <remarks>Owner thread only; nothing is allocated after the start. Off until <see cref="IsEnabled"/>.</remarks>
public sealed class TrafficPass : IDisposable
{
    /// <summary>Time of a pass, ms.</summary>
    public const long PassMs = 2000;

    /// <summary>Reports that may wait; more hold the pass up, and nothing is lost.</summary>
    public const int ReportCapacity = 1024;

    private const int VisitsPerCall = 4096;

    private readonly ShardState _shard;
    private readonly NativeArray<UserDelta> _reports = new(ReportCapacity);
    private long _passStartMs;
    private uint _position;
    private Phase _phase = Phase.Done;

    internal TrafficPass(ShardState shard) => _shard = shard;

    private enum Phase : byte
    {
        Ipv4Flows,
        Ipv6Flows,
        Users,
        Done,
    }

    /// <summary>Whether anybody wants the reports.</summary>
    public bool IsEnabled { get; set; }

    /// <summary>Reports that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Moves the waiting reports out.</summary>
    public void Take(Span<UserDelta> reports)
    {
        _reports.Span[..Count].CopyTo(reports);
        Count = 0;
    }

    /// <inheritdoc />
    public void Dispose() => _reports.Dispose();

    /// <summary>Goes on. Bounded; call once a burst or tick.</summary>
    internal void Advance(long nowMs)
    {
        if (!IsEnabled)
            return;
        if (_phase == Phase.Done)
        {
            if (nowMs - _passStartMs < PassMs)
                return;
            _passStartMs = nowMs;
            _shard.Policies.TurnParity();
            _position = 0;
            _phase = Phase.Ipv4Flows;
        }

        GoOn(nowMs);
    }

    /// <summary>A flow ends: what the pass has of it is in its subscriber's ended traffic from now on.</summary>
    internal void OnEnded(bool isIpv6, uint flowIndex, uint userIndex, ulong packetsOut, ulong bytesOut, ulong packetsIn, ulong bytesIn)
    {
        ref UserRecord user = ref _shard.Users[userIndex];
        user.EndedPacketsOut += packetsOut;
        user.EndedPacketsIn += packetsIn;
        if (!IsEnabled || !_shard.Policies.IsCounted(isIpv6, flowIndex))
            return;
        ref UserTally tally = ref _shard.Users.Tally(userIndex);
        tally.PassPacketsOut -= Math.Min(tally.PassPacketsOut, packetsOut);
        tally.PassBytesOut -= Math.Min(tally.PassBytesOut, bytesOut);
        tally.PassPacketsIn -= Math.Min(tally.PassPacketsIn, packetsIn);
        tally.PassBytesIn -= Math.Min(tally.PassBytesIn, bytesIn);
    }

    private void GoOn(long nowMs)
    {
        uint end = _phase switch
        {
            Phase.Ipv4Flows => _shard.Flows.UsedIndexEnd,
            Phase.Ipv6Flows => _shard.Ipv6.Flows.UsedIndexEnd,
            _ => _shard.Users.UsedIndexEnd,
        };
        uint last = Math.Min(end, _position + VisitsPerCall);
        while (_position < last && TryVisit(_position, nowMs))
            _position++;
        if (_position < end)
            return;
        _position = 0;
        _phase++;
    }

    private bool TryVisit(uint index, long nowMs)
    {
        switch (_phase)
        {
            case Phase.Ipv4Flows:
                VisitIpv4(index, nowMs);
                return true;
            case Phase.Ipv6Flows:
                VisitIpv6(index, nowMs);
                return true;
            default:
                return TryReport(index);
        }
    }

    private void VisitIpv4(uint index, long nowMs)
    {
        ref FlowRecord flow = ref _shard.Flows.Flow(index);
        if (flow.State == FlowState.None)
            return;
        ref FlowColdRecord cold = ref _shard.Flows.Cold(index);
        if (IsEnded(flow.UserIndex, cold.CreatedMs))
        {
            _shard.End(index, nowMs);
            return;
        }

        Add(
            flow.UserIndex,
            ((ulong)cold.PacketsOutHigh << 32) | flow.PacketsOutLow, flow.BytesOut,
            ((ulong)cold.PacketsInHigh << 32) | flow.PacketsInLow, flow.BytesIn);
        _shard.Policies.SetCounted(isIpv6: false, index);
    }

    private void VisitIpv6(uint index, long nowMs)
    {
        ref Ipv6FlowRecord flow = ref _shard.Ipv6.Flows.Flow(index);
        if (flow.State == FlowState.None)
            return;
        if (IsEnded(flow.UserIndex, flow.CreatedMs))
        {
            _shard.Ipv6.End(index, nowMs);
            return;
        }

        Add(flow.UserIndex, flow.PacketsOut, flow.BytesOut, flow.PacketsIn, flow.BytesIn);
        _shard.Policies.SetCounted(isIpv6: true, index);
    }

    private bool IsEnded(uint userIndex, long createdMs) => _shard.Users[userIndex].FlowsEndedMs is not 0 and long endedMs && createdMs <= endedMs;

    private void Add(uint userIndex, ulong packetsOut, ulong bytesOut, ulong packetsIn, ulong bytesIn)
    {
        ref UserTally tally = ref _shard.Users.Tally(userIndex);
        tally.PassPacketsOut += packetsOut;
        tally.PassBytesOut += bytesOut;
        tally.PassPacketsIn += packetsIn;
        tally.PassBytesIn += bytesIn;
    }

    // False where no room is left: the pass stays here.
    private bool TryReport(uint index)
    {
        ref UserRecord user = ref _shard.Users[index];
        if (user.AddressBe == 0)
            return true;
        ref UserTally tally = ref _shard.Users.Tally(index);
        if (Count == ReportCapacity)
            return false;
        ulong packetsOut = Growth(ref tally.ToldPacketsOut, user.EndedPacketsOut + tally.PassPacketsOut);
        ulong bytesOut = Growth(ref tally.ToldBytesOut, user.EndedBytesOut + tally.PassBytesOut);
        ulong packetsIn = Growth(ref tally.ToldPacketsIn, user.EndedPacketsIn + tally.PassPacketsIn);
        ulong bytesIn = Growth(ref tally.ToldBytesIn, user.EndedBytesIn + tally.PassBytesIn);
        tally.PassPacketsOut = tally.PassBytesOut = tally.PassPacketsIn = tally.PassBytesIn = 0;
        if ((bytesOut | bytesIn) != 0)
        {
            _reports[(uint)Count++] = new UserDelta(
                index, _shard.Ipv6.RoutedAddress(user.AddressBe), user.Zone, user.FlowCount, user.BlockCount * (uint)_shard.Settings.PortBlockSize,
                packetsOut, bytesOut, packetsIn, bytesIn);
        }

        return true;
    }

    // A flow that grew between its visit and its end is a little short once; the next pass makes it up.
    private static ulong Growth(ref ulong told, ulong total)
    {
        ulong growth = total > told ? total - told : 0;
        told += growth;
        return growth;
    }
}
