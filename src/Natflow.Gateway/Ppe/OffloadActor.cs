using Natflow.Actors;
using Natflow.Gateway.Workers;

namespace Natflow.Gateway.Ppe;

/// <summary>Alone talks to the PPE: polls its stage between messages, on a thread of its own, so that no burst of offers delays forwarding.</summary>
public sealed class OffloadActor : DataActor
{
    private readonly OffloadStage _stage;
    private long _nowMs;

    /// <summary>Makes the actor.</summary>
    /// <param name="slot">Its place on the worker.</param>
    /// <param name="stage">Its work; outlives the actor.</param>
    public OffloadActor(DataActorSlot slot, OffloadStage stage)
        : base(slot)
    {
        _stage = stage;
        Receive<OffloadReportRequest>(_ => Sender.Tell(new OffloadReport(
            stage.Ppe.Name, stage.Ppe.CapacityEntries, stage.Ppe.CountEntries, stage.FlowCount, stage.Counters)));
        Receive<FoeImageRequest>(request => Sender.Tell(stage.Image(request, _nowMs)));
    }

    /// <inheritdoc />
    protected internal override bool HasInput => _stage.HasOffers;

    /// <inheritdoc />
    protected internal override bool Poll(long nowMs)
    {
        _nowMs = nowMs;
        return _stage.Poll(nowMs);
    }
}
