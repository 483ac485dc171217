using Natflow.Inspect.Observe;

namespace Natflow.Fuzz.Targets;

/// <summary>A whole inspector, whose memory must come back once its flows are gone.</summary>
internal abstract class InspectorTarget : FuzzTarget
{
    private static readonly InspectorSettings Settings = new() { FlowCapacity = 64, BufferBytes = 1 << 18, BatchCapacity = 256, BatchTextBytes = 1 << 17, FollowsConnections = true };

    private ulong _notOpened;
    private ulong _malformed;

    protected InspectorTarget()
    {
        Inspector = new Inspector(Settings);
        Observer = new PacketObserver(Inspector, Settings);
    }

    protected Inspector Inspector { get; }

    protected PacketObserver Observer { get; }

    protected static FlowEnds Ends(ushort port, byte protocol) =>
        new(FlowEnds.Map(0x0100_000A), FlowEnds.Map(0x0101_01C6), 5000, port, protocol, IsIpv6: false, Zone: 0);

    /// <summary>What came of an input; then all flows are forgotten.</summary>
    protected ulong Finish()
    {
        var outcome = default(Outcome);
        foreach (ref readonly Observation seen in Inspector.Observations.Observations)
        {
            outcome.Add((int)seen.Kind);
            outcome.Add((int)seen.Flags);
            outcome.AddSize(Inspector.Observations.Text(seen.Name).Length);
            outcome.AddSize(Inspector.Observations.Text(seen.Uri).Length);
        }

        outcome.AddSize(Inspector.FlowCount);
        outcome.Add((int)(Inspector.Counters.InitialsNotOpened - _notOpened));
        outcome.Add((int)(Inspector.Counters.HellosMalformed - _malformed));
        _notOpened = Inspector.Counters.InitialsNotOpened;
        _malformed = Inspector.Counters.HellosMalformed;
        outcome.AddSize(Inspector.Counters.PagesUsed);
        while (!Inspector.TryFlush(0))
        {
            // Until no flow is left.
        }

        if (Inspector.Counters.PagesUsed != 0 || Inspector.FlowCount != 0) throw new InvalidOperationException("pages or flows are lost");
        Inspector.Observations.Clear();
        return outcome.Value;
    }

    protected override void Dispose(bool isDisposing)
    {
        Observer.Dispose();
        Inspector.Dispose();
        base.Dispose(isDisposing);
    }
}
