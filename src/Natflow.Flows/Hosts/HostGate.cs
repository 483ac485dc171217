using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Memory;

namespace Natflow.Flows.Hosts;

/// <summary>
/// Host rules on a shard's flows: remembers which host each flow asked for, so that other rules find it, and which flows are refused. A refused flow stays stale,
/// so that each of its packets asks here, and comes back only when the rules let it.
/// </summary>
/// <remarks>Owner thread only; nothing is allocated after the start.</remarks>
public sealed class HostGate : IDisposable
{
    private const uint NumberMask = 0x00FF_FFFF;
    private const int SourceShift = 24;
    private const uint SourceMask = 0x0700_0000;
    private const uint AnsweredBit = 0x2000_0000; // Its request was answered by a redirect, and the client may ask again.
    private const uint ToldBit = 0x4000_0000; // The server got its reset.
    private const uint RefusedBit = 0x8000_0000;

    private readonly ShardState _shard;
    private readonly NativeArray<uint>[] _words;

    /// <summary>Reserves memory.</summary>
    /// <param name="shard">The shard; its flow tables and policies are there.</param>
    /// <param name="capacity">Different hosts whose names are kept at once.</param>
    internal HostGate(ShardState shard, int capacity)
    {
        _shard = shard;
        Names = new HostNames(capacity, shard.Hash);
        _words = [new NativeArray<uint>(shard.Flows.Capacity), new NativeArray<uint>(shard.Ipv6.Flows.Capacity)];
    }

    /// <summary>The names of flows.</summary>
    public HostNames Names { get; }

    /// <summary>Flows whose host was not kept, for want of room: only rules that were there when they asked hold for them.</summary>
    public ulong NotKept { get; private set; }

    /// <summary>Flows that were refused.</summary>
    public ulong Refused { get; private set; }

    /// <summary>Bytes reserved.</summary>
    public long LengthBytes => Names.LengthBytes + _words[0].LengthBytes + _words[1].LengthBytes;

    /// <summary>The flow that <see cref="Check"/> refused last.</summary>
    internal uint LastRefused { get; private set; }

    /// <summary>What the rules of now say of a host that a flow asks for; the flow remembers it.</summary>
    /// <param name="isIpv6">In which table the flow is.</param>
    /// <param name="flowIndex">The flow.</param>
    /// <param name="userIndex">Its subscriber.</param>
    /// <param name="host">Bytes as they stood on the wire.</param>
    /// <param name="source">What carried them.</param>
    public HostJudgement Judge(bool isIpv6, uint flowIndex, uint userIndex, ReadOnlySpan<byte> host, HostSource source)
    {
        if (source != HostSource.Dns)
            Remember(isIpv6, flowIndex, host, source);
        return Ask(userIndex, host, source);
    }

    /// <summary>The host that a flow asked for; empty where none is known.</summary>
    public ReadOnlySpan<byte> HostOf(bool isIpv6, uint flowIndex) => (Word(isIpv6, flowIndex) & NumberMask) is not 0 and uint number ? Names[number] : default;

    /// <summary>Whether a flow is refused.</summary>
    public bool IsRefused(bool isIpv6, uint flowIndex) => (Word(isIpv6, flowIndex) & RefusedBit) != 0;

    /// <inheritdoc />
    public void Dispose()
    {
        Names.Dispose();
        foreach (NativeArray<uint> words in _words)
            words.Dispose();
    }

    /// <summary>Refuses a flow from its next packet on.</summary>
    internal void Refuse(bool isIpv6, uint flowIndex, FlowTreatment treatment)
    {
        Mark(isIpv6, flowIndex, treatment == FlowTreatment.RedirectHost ? RefusedBit | AnsweredBit : RefusedBit);
        if (isIpv6)
            MakeStale(ref _shard.Ipv6.Flows.Flow(flowIndex));
        else
            MakeStale(ref _shard.Flows.Flow(flowIndex));
        _shard.Offload?.OnStale(isIpv6, flowIndex);
    }

    /// <summary>Whether the rules of now let a stale flow pass.</summary>
    /// <returns>None, or <see cref="DropReason.HostRefused"/>; then <see cref="PolicyGate.Treatment"/> and <see cref="LastRefused"/> say more.</returns>
    internal DropReason Check(bool isIpv6, uint flowIndex, uint userIndex)
    {
        ref uint word = ref Word(isIpv6, flowIndex);
        if ((word & (NumberMask | RefusedBit)) == 0)
            return DropReason.None;
        FlowTreatment treatment = FlowTreatment.Drop; // Without its name, what was refused stays so.
        if ((word & NumberMask) != 0)
            treatment = Ask(userIndex, Names[word & NumberMask], (HostSource)((word & SourceMask) >> SourceShift)).Treatment;
        if (treatment == FlowTreatment.Pass)
        {
            word &= ~(RefusedBit | AnsweredBit | ToldBit);
            return DropReason.None;
        }

        // A redirect answers a request; in the middle of a connection it would be taken for content.
        if (treatment == FlowTreatment.RedirectHost && (word & AnsweredBit) == 0)
            treatment = FlowTreatment.Reset;
        Mark(isIpv6, flowIndex, RefusedBit);
        Close(isIpv6, flowIndex);
        _shard.Policies.Treatment = treatment;
        LastRefused = flowIndex;
        _shard.Offload?.OnStale(isIpv6, flowIndex);
        return DropReason.HostRefused;
    }

    /// <summary>Whether the server of a refused flow is still to be told; it is from now on.</summary>
    internal bool TryTell(bool isIpv6, uint flowIndex)
    {
        ref uint word = ref Word(isIpv6, flowIndex);
        bool isNew = (word & ToldBit) == 0;
        word |= ToldBit;
        return isNew;
    }

    /// <summary>A flow ends; its entry may be another's at once.</summary>
    internal void OnEnded(bool isIpv6, uint flowIndex)
    {
        ref uint word = ref Word(isIpv6, flowIndex);
        if ((word & NumberMask) != 0)
            Names.Release(word & NumberMask);
        word = 0;
    }

    private void Remember(bool isIpv6, uint flowIndex, ReadOnlySpan<byte> host, HostSource source)
    {
        ref uint word = ref Word(isIpv6, flowIndex);
        uint before = word & NumberMask;
        uint number = Names.Take(host);
        if (before != 0)
            Names.Release(before);
        if (number == HostNames.None && !host.IsEmpty)
            NotKept++;
        word = (word & ~(NumberMask | SourceMask)) | number | ((uint)source << SourceShift);
    }

    private HostJudgement Ask(uint userIndex, ReadOnlySpan<byte> host, HostSource source)
    {
        if (_shard.Policies.Judge is not { } judge)
            return HostJudgement.Open;
        ref UserRecord user = ref _shard.Users[userIndex];
        return judge.JudgeHost(host, source, _shard.Ipv6.RoutedAddress(user.AddressBe), user.Mac);
    }

    private void Mark(bool isIpv6, uint flowIndex, uint bits)
    {
        ref uint word = ref Word(isIpv6, flowIndex);
        if ((word & RefusedBit) == 0)
            Refused++;
        word |= bits;
    }

    // What nobody may go on with goes soon: traffic brings such a flow back to life if the rules change.
    private void Close(bool isIpv6, uint flowIndex)
    {
        ref FlowState state = ref isIpv6 ? ref _shard.Ipv6.Flows.Flow(flowIndex).State : ref _shard.Flows.Flow(flowIndex).State;
        if (state == FlowState.TcpEstablished)
            state = FlowState.TcpTransitory;
    }

    private void MakeStale(ref FlowRecord flow)
    {
        if (flow.PathGeneration == _shard.Paths[flow.PathIndex].Generation)
            flow.PathGeneration--;
        if (flow.State == FlowState.TcpEstablished)
            flow.State = FlowState.TcpTransitory;
    }

    private void MakeStale(ref Ipv6FlowRecord flow)
    {
        if (flow.PathGeneration == _shard.Paths[flow.PathIndex].Generation)
            flow.PathGeneration--;
        if (flow.State == FlowState.TcpEstablished)
            flow.State = FlowState.TcpTransitory;
    }

    private ref uint Word(bool isIpv6, uint flowIndex) => ref _words[isIpv6 ? 1 : 0][flowIndex];
}
