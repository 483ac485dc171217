using System.Buffers.Binary;
using Natflow.Actors;
using Natflow.Core;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Paths;
using Natflow.Flows.Pcp;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Gateway.Live;
using Natflow.Gateway.Replication;
using Natflow.Gateway.Trace;
using Natflow.Gateway.Views;
using Natflow.Gateway.Workers;

namespace Natflow.Gateway.Flow;

/// <summary>
/// Owner of a shard: polls its stage for frames of other workers and for expiry, and answers messages about the shard between two bursts.
/// </summary>
public sealed class FlowActor : DataActor
{
    private readonly FlowStage _stage;
    private readonly int _shardIndex;
    private long _nowMs;

    /// <summary>Makes the actor of one shard.</summary>
    /// <param name="slot">Its place on the worker.</param>
    /// <param name="stage">The shard's stage; outlives the actor.</param>
    public FlowActor(DataActorSlot slot, FlowStage stage)
        : base(slot)
    {
        _stage = stage;
        _shardIndex = stage.State.Settings.ShardIndex;
        Receive<ShardReportRequest>(_ => Sender.Tell(ShardReport.Of(_shardIndex, stage.State)));
        Receive<DrainRequest>(OnDrainRequest);
        Receive<UserVerdictRequest>(OnUserVerdictRequest);
        Receive<UserLimitRequest>(OnUserLimitRequest);
        Receive<WithdrawAddressRequest>(OnWithdrawAddressRequest);
        Receive<RestoreAddressRequest>(OnRestoreAddressRequest);
        Receive<NetworkChanged>(OnNetworkChanged);
        Receive<FlowPageRequest>(request => Sender.Tell(TablePages.Flows(stage.State, request, _nowMs)));
        Receive<MappingPageRequest>(request => Sender.Tell(TablePages.Mappings(stage.State, request)));
        Receive<TraceRequest>(stage.Trace);
        Receive<RulesRequest>(OnRulesRequest);
        Receive<ForwardsRequest>(request => Sender.Tell(new ForwardsAnswer(stage.State.ReserveForwards(request.Wanted))));
        Receive<PcpMessage>(OnPcpMessage);
        Receive<PcpEpochRequest>(OnPcpEpochRequest);
        Receive<TapRequest>(OnTapRequest);
        Receive<TapFlushRequest>(OnTapFlushRequest);
        Receive<ReplicaResetRequest>(OnReplicaResetRequest);
        Receive<ReplicaRecords>(OnReplicaRecords);
    }

    /// <inheritdoc />
    protected internal override bool Poll(long nowMs)
    {
        _nowMs = nowMs;
        return _stage.Poll(nowMs);
    }

    private void OnNetworkChanged(NetworkChanged changed)
    {
        if (_stage.State.Resolver is LivePathResolver resolver)
        {
            resolver.Apply(changed);
            _stage.State.SetIcmpSource(Side.Lan, resolver.OwnAddressBe(Side.Lan));
            _stage.State.SetIcmpSource(Side.Wan, resolver.OwnAddressBe(Side.Wan));
            if (resolver.AltersIpv6(changed.Change))
                TakeIpv6Addresses(resolver);
        }
    }

    private void TakeIpv6Addresses(LivePathResolver resolver)
    {
        Ipv6State ipv6 = _stage.State.Ipv6;
        ipv6.SetOwnAddress(Side.Lan, resolver.OwnIpv6Address(Side.Lan));
        ipv6.SetOwnAddress(Side.Wan, resolver.OwnIpv6Address(Side.Wan));
        IReadOnlyList<Ipv6Prefix> prefixes = resolver.LanIpv6Prefixes();
        if (!prefixes.SequenceEqual(ipv6.LanPrefixes))
            ipv6.SetLanPrefixes(prefixes);
    }

    private void OnRestoreAddressRequest(RestoreAddressRequest request)
    {
        int addressIndex = _stage.State.Pool.IndexOf(request.AddressBe);
        if (addressIndex >= 0)
            _stage.State.RestoreAddress(addressIndex);
    }

    private void OnDrainRequest(DrainRequest request)
    {
        _stage.Drain();
        Sender.Tell(request);
    }

    private void OnRulesRequest(RulesRequest request)
    {
        _stage.State.Apply(request.Rules);
        Sender.Tell(request);
    }

    private void OnPcpMessage(PcpMessage request)
    {
        byte[] response = new byte[PcpServer.ResponseBytesMax];
        int length = _stage.State.Pcp?.Handle(request.Message, request.SourceBe, request.Zone, _nowMs, response) ?? 0;
        Sender.Tell(new PcpAnswer(response[..length]));
    }

    private void OnPcpEpochRequest(PcpEpochRequest request)
    {
        _stage.State.Pcp?.RestartEpoch(_nowMs);
        Sender.Tell(request);
    }

    private void OnTapRequest(TapRequest request)
    {
        _stage.Replication.OnTap(request);
        Sender.Tell(request);
    }

    private void OnTapFlushRequest(TapFlushRequest request)
    {
        _stage.Replication.OnFlush();
        Sender.Tell(request);
    }

    private void OnReplicaResetRequest(ReplicaResetRequest request)
    {
        if (_nowMs >= _stage.OwnedUntilMs)
            _stage.Replication.OnReset(_nowMs);
        Sender.Tell(request);
    }

    private void OnReplicaRecords(ReplicaRecords request) => Sender.Tell(
        _nowMs >= _stage.OwnedUntilMs ? _stage.Replication.Apply(request, _nowMs) : new ReplicaAnswer(IsWhole: false, RefusedCount: 0));

    private void OnUserVerdictRequest(UserVerdictRequest request)
    {
        uint userIndex = _stage.State.Users.Find(request.AddressBe, request.Zone);
        bool isKnown = userIndex != FlowTable.None;
        if (isKnown)
            _stage.State.SetUserVerdict(userIndex, request.Verdict);
        Sender.Tell(new UserVerdictAnswer(request.AddressBe, isKnown));
    }

    private void OnUserLimitRequest(UserLimitRequest request)
    {
        ShardState state = _stage.State;
        uint userIndex = MappedAddress.TryGetIPv4(request.Address, out uint ipv4)
            ? state.Users.Find(BinaryPrimitives.ReverseEndianness(ipv4), request.Zone)
            : state.Ipv6.FindUser(Ipv6Address.Of(request.Address), request.Zone);
        bool isKnown = userIndex != FlowTable.None && request.Limits.IsValid;
        if (isKnown)
            state.Users.SetLimits(userIndex, request.Limits);
        Sender.Tell(new UserLimitAnswer(request.Address, isKnown));
    }

    private void OnWithdrawAddressRequest(WithdrawAddressRequest request)
    {
        int addressIndex = _stage.State.Pool.IndexOf(request.AddressBe);
        if (addressIndex < 0)
            return;
        _stage.State.WithdrawAddress(addressIndex);
        _stage.State.Pcp?.OnAddressWithdrawn(request.AddressBe, _nowMs);
    }
}
