using System.Buffers.Binary;
using Natflow.Actors;
using Natflow.Core;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Pcp;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Flows.Users;
using Natflow.Gateway.Inspection;
using Natflow.Gateway.Live;
using Natflow.Gateway.Replication;
using Natflow.Gateway.Trace;
using Natflow.Gateway.Users;
using Natflow.Gateway.Views;
using Natflow.Gateway.Views.Scan;
using Natflow.Gateway.Workers;

namespace Natflow.Gateway.Flow;

/// <summary>
/// Owner of a shard: polls its stage for frames of other workers and for expiry, and answers messages about the shard between two bursts.
/// </summary>
public sealed class FlowActor : DataActor
{
    private const int NoticesPerMessage = 256;

    private readonly FlowStage _stage;
    private IActorRef _users = ActorRefs.Nobody;
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
        Receive<FlowScanRequest>(OnFlowScanRequest);
        Receive<MappingScanRequest>(OnMappingScanRequest);
        Receive<UserScanRequest>(OnUserScanRequest);
        Receive<PortBlockScanRequest>(request => Sender.Tell(TableScan.Run<PortBlockScan, PortBlockView>(new PortBlockScan(stage.State, request), request.Range)));
        Receive<UserRequest>(OnUserRequest);
        Receive<UsersRequest>(OnUsersRequest);
        Receive<TraceRequest>(stage.Trace);
        Receive<RulesRequest>(OnRulesRequest);
        Receive<ForwardsRequest>(request => Sender.Tell(new ForwardsAnswer(stage.State.ReserveForwards(request.Wanted))));
        Receive<PcpMessage>(OnPcpMessage);
        Receive<UserPolicies>(OnUserPolicies);
        Receive<SharesChanged>(OnSharesChanged);
        Receive<JudgeRequest>(OnJudgeRequest);
        Receive<RenewPathsRequest>(_ => stage.State.Paths.BumpAll());
        Receive<EndFlowsRequest>(_ => stage.State.EndAll(_nowMs));
        Receive<PcpEpochRequest>(OnPcpEpochRequest);
        Receive<TapRequest>(request => Sender.Tell(stage.Replication.OnTap(request)));
        Receive<TapFlushRequest>(request => Sender.Tell(stage.Replication.OnFlush(request)));
        Receive<ReplicaResetRequest>(request => Sender.Tell(stage.Replication.OnReset(request, _nowMs)));
        Receive<ReplicaRecords>(request => Sender.Tell(stage.Replication.Apply(request, _nowMs)));
        Receive<InspectionSwitchRequest>(OnInspectionSwitchRequest);
        Receive<DomainListsRequest>(OnDomainListsRequest);
        Receive<InspectionReportRequest>(_ => Sender.Tell(stage.Inspection?.Report() ?? new InspectionReport(default, [])));
        Receive<AppCountersClearRequest>(_ => stage.Inspection?.ClearApps());
        Receive<InspectionBatchTaken>(taken => stage.Inspection?.GiveBack(taken.Batch));
    }

    /// <inheritdoc />
    protected internal override bool Poll(long nowMs)
    {
        _nowMs = nowMs;
        bool isBusy = _stage.Poll(nowMs);
        if (_stage.State.Policies.NoticeCount != 0)
            TellSeen();
        if (_stage.State.Traffic.Count != 0)
            TellTraffic();
        if (_stage.Inspection?.TakeBatch(nowMs) is { } batch)
            _stage.Inspection.Sink.Tell(batch, Self);
        return isBusy;
    }

    private void OnInspectionSwitchRequest(InspectionSwitchRequest request)
    {
        _stage.Inspection?.Switch(request.Switch);
        Sender.Tell(request);
    }

    private void OnDomainListsRequest(DomainListsRequest request)
    {
        _stage.Inspection?.UseLists(request.Lists);
        Sender.Tell(request);
    }

    private void OnFlowScanRequest(FlowScanRequest request) =>
        Sender.Tell(TableScan.Run<FlowScan, FlowView>(new FlowScan(_stage.State, request.Filter, request.Order, _nowMs), request.Range));

    private void OnMappingScanRequest(MappingScanRequest request) =>
        Sender.Tell(TableScan.Run<MappingScan, MappingView>(new MappingScan(_stage.State, request.Filter, request.Order), request.Range));

    private void OnUserScanRequest(UserScanRequest request) =>
        Sender.Tell(TableScan.Run<UserScan, SubscriberView>(new UserScan(_stage.State, request.Filter, request.Order), request.Range));

    private void OnUserRequest(UserRequest request) => Sender.Tell(new UserAnswer(FindUser(request.Address, request.Zone)));

    private void OnUsersRequest(UsersRequest request) => Sender.Tell(new UsersAnswer([.. request.Users.Select(user => FindUser(user.Address, user.Zone))]));

    private SubscriberView? FindUser(uint address, ushort zone)
    {
        uint userIndex = _stage.State.Users.Find(BinaryPrimitives.ReverseEndianness(address), zone);
        return userIndex == FlowTable.None ? null : SubscriberView.Of(_stage.State, userIndex);
    }

    private void TellSeen()
    {
        var notices = new List<UserNotice>();
        while (notices.Count < NoticesPerMessage && _stage.State.Policies.TryTakeNotice(out UserNotice notice))
            notices.Add(notice);
        _users.Tell(new UsersSeen(_shardIndex, notices), Self);
    }

    private void TellTraffic() => _users.Tell(UsersTraffic.Take(_shardIndex, _stage.State.Traffic), Self);

    private void OnJudgeRequest(JudgeRequest request)
    {
        bool isFirst = _users == ActorRefs.Nobody;
        _users = request.Users;
        _stage.Take(request);
        if (isFirst)
            _stage.State.Policies.NoticeAll();
    }

    private void OnUserPolicies(UserPolicies policies)
    {
        ShardPolicies.Apply(_stage.State, policies.Changes.Span, _nowMs);
        Sender.Tell(new UserPoliciesTaken(_shardIndex, policies.Number));
    }

    private void OnSharesChanged(SharesChanged changed)
    {
        foreach (UserShare share in changed.Shares)
        {
            if (share.UserIndex < _stage.State.Users.UsedIndexEnd)
                _stage.State.Users.SetShare(share.UserIndex, share.Limits);
        }
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
        uint userIndex = ShardPolicies.Find(state, request.Address, request.Zone);
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
