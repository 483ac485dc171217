using System.Globalization;
using Natflow.Actors;
using Natflow.Gateway.Ppe;

namespace Natflow.Gateway;

/// <summary>Parent of the data actors: restarts one that fails, gives one up that fails ten times within a minute, and knows each shard's actor.</summary>
internal sealed class DataPlaneSupervisor : ReceiveActor
{
    private const int RestartsMax = 10;

    private static readonly TimeSpan RestartWindow = TimeSpan.FromMinutes(1);

    private readonly IReadOnlyList<KeyValuePair<string, Props>> _actors;

    internal DataPlaneSupervisor(IReadOnlyList<KeyValuePair<string, Props>> actors)
    {
        _actors = actors;
        Receive<OffloadReportRequest>(static request => Context.Child(OffloadActorName).Forward(request));
        Receive<FoeImageRequest>(static request => Context.Child(OffloadActorName).Forward(request));
        Receive<ShardEnvelope>(static envelope => Context.Child(FlowActorName(envelope.ShardIndex)).Forward(envelope.Message));
    }

    internal const string OffloadActorName = "offload";

    internal static string FlowActorName(int shardIndex) => string.Create(CultureInfo.InvariantCulture, $"flow-{shardIndex}");

    protected override void PreStart()
    {
        foreach ((string name, Props props) in _actors)
            Context.ActorOf(props, name);
    }

    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(RestartsMax, RestartWindow, Actors.SupervisorStrategy.DefaultDecider);
}
