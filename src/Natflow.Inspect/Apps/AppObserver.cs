using Natflow.Core;
using Natflow.Inspect.Catalogue;
using Natflow.Inspect.Observe;

namespace Natflow.Inspect.Apps;

/// <summary>Classifies all flows of a capture. One owner thread; memory is reserved at start.</summary>
public sealed class AppObserver : IDisposable
{
    private readonly AppClassifier _classifier;
    private readonly AppFlowTable _flows;
    private readonly AnswerNames _answers;

    /// <summary>An observer.</summary>
    /// <param name="catalogue">What flows can be called; lives as long as the observer.</param>
    /// <param name="settings">Sizes.</param>
    public AppObserver(AppCatalogue catalogue, AppObserverSettings settings)
    {
        Catalogue = catalogue;
        _classifier = new AppClassifier(catalogue);
        _flows = new AppFlowTable(settings.FlowCapacity, settings.Seed);
        _answers = new AnswerNames(settings.AnswerUsers, settings.Seed);
    }

    /// <summary>What flows can be called.</summary>
    public AppCatalogue Catalogue { get; }

    /// <summary>The flows, in the order in which they began.</summary>
    public AppFlowTable Flows => _flows;

    /// <summary>What the classifier did.</summary>
    public AppCounters Counters => _classifier.Counters;

    /// <summary>Takes a packet.</summary>
    /// <param name="ends">Sender first.</param>
    /// <param name="payload">Its transport payload; empty for other protocols than TCP and UDP.</param>
    /// <param name="tcpFlags">The flag byte; 0 without TCP.</param>
    /// <param name="nowNs">Time of the packet.</param>
    public void OnPacket(in FlowEnds ends, ReadOnlySpan<byte> payload, byte tcpFlags, long nowNs)
    {
        int index = _flows.FindOrAdd(in ends, out bool isReply, out bool isNew);
        if (index == AppFlowTable.None || ends.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp))
            return;
        ref AppFlow flow = ref _flows.FlowOf(index);
        if (isNew)
            Infer(ref flow, in ends, nowNs);

        var packet = new AppPacket
        {
            Payload = payload,
            IsTcp = ends.Protocol == IpProtocol.Tcp,
            IsReply = isReply,
            ClientPort = isReply ? ends.ServerPort : ends.ClientPort,
            ServerPort = isReply ? ends.ClientPort : ends.ServerPort,
            TcpFlags = tcpFlags,
        };
        _ = _classifier.OnPacket(ref flow, in packet);
    }

    /// <summary>Takes the observations that a packet led to.</summary>
    /// <param name="batch">The inspector's.</param>
    /// <param name="from">Index of the first that is new.</param>
    public void OnObservations(ObservationBatch batch, int from)
    {
        foreach (ref readonly Observation observation in batch.Observations[from..])
        {
            if (observation.Kind == ObservationKind.DnsAnswer)
                _answers.Learn(batch, in observation);
            int index = _flows.Find(observation.Ends);
            if (index != AppFlowTable.None)
                _ = _classifier.OnName(ref _flows.FlowOf(index), observation.Kind, observation.Flags, batch.Text(observation.Name));
        }
    }

    /// <summary>Ends all flows. No packet follows.</summary>
    public void Complete()
    {
        for (int i = 0; i < _flows.Count; i++)
        {
            ref AppFlow flow = ref _flows.FlowOf(i);
            _ = _classifier.Complete(ref flow);
            _ = _classifier.ApplyInferred(ref flow);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _flows.Dispose();
        _answers.Dispose();
    }

    private void Infer(ref AppFlow flow, in FlowEnds ends, long nowNs)
    {
        if (_answers.TryFind(in ends, nowNs, out ReadOnlySpan<byte> name))
            _classifier.NoteInferred(ref flow, name);
    }
}
