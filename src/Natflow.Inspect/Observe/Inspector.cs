using Natflow.Core;
using Natflow.Inspect.Quic;

namespace Natflow.Inspect.Observe;

/// <summary>
/// Looks at the first bytes of flows and reports what they ask for. One owner thread; nothing is allocated after start; any bytes give a result or a count.
/// </summary>
/// <remarks>
/// A caller on the packet path gives it the packets of flows whose inspector-pending bit is set, on the subscriber's side of the translation, and clears the
/// bit on <see cref="InspectOutcome.Done"/>. After each burst it takes <see cref="Observations"/> and clears them.
/// </remarks>
public sealed class Inspector : IDisposable
{
    // Work that one call of Advance or TryFlush does at most.
    private const int StepMax = 256;

    private readonly InspectorSettings _settings;
    private readonly FlowStore _store;
    private readonly TcpInspector _tcp;
    private readonly QuicInspector _quic;
    private readonly UdpInspector _udp;

    /// <summary>Reserves all memory.</summary>
    /// <param name="settings">Sizes and budgets.</param>
    public Inspector(InspectorSettings settings)
    {
        _settings = settings;
        var hash = new FlowHash(settings.Seed);
        Observations = new ObservationBatch(settings.BatchCapacity, settings.BatchTextBytes);
        var writer = new ObservationWriter(Observations, Counters);
        var reader = new StreamReader(settings, writer, Counters);
        _store = new FlowStore(settings, Counters, reader, hash);
        _tcp = new TcpInspector(_store, reader, settings, Counters);
        _quic = new QuicInspector(_store, writer, settings, Counters, hash);
        _udp = new UdpInspector(_quic, new DatagramHelloInspector(_store, writer, settings, Counters), writer, settings, Counters);
    }

    /// <summary>What was seen since the caller cleared it.</summary>
    public ObservationBatch Observations { get; }

    /// <summary>What was counted.</summary>
    public InspectorCounters Counters { get; } = new();

    /// <summary>Flows under inspection.</summary>
    public int FlowCount => _store.Count;

    /// <summary>Bytes of payload that wait for others, whole pages.</summary>
    public long BufferedBytes => (long)Counters.PagesUsed * Reassembly.PagePool.PageBytes;

    /// <summary>Handles a TCP segment.</summary>
    /// <param name="ends">Sender first.</param>
    /// <param name="segment">Its header.</param>
    /// <param name="payload">Its payload, may be empty.</param>
    /// <param name="nowNs">Time, by a clock that does not go back.</param>
    /// <returns>Whether the flow's packets are wanted any longer.</returns>
    public InspectOutcome OnTcp(in FlowEnds ends, TcpSegment segment, ReadOnlySpan<byte> payload, long nowNs) =>
        _tcp.OnSegment(in ends, segment, payload, nowNs);

    /// <summary>Handles a datagram.</summary>
    /// <param name="ends">Sender first.</param>
    /// <param name="payload">Its payload.</param>
    /// <param name="nowNs">Time, by a clock that does not go back.</param>
    /// <returns>Whether the flow's packets are wanted any longer.</returns>
    public InspectOutcome OnUdp(in FlowEnds ends, ReadOnlySpan<byte> payload, long nowNs) => _udp.OnDatagram(in ends, payload, nowNs);

    /// <summary>Forgets a flow that has ended or is wanted no longer.</summary>
    /// <param name="ends">Its ends in either order.</param>
    /// <param name="nowNs">Time.</param>
    public void Forget(in FlowEnds ends, long nowNs)
    {
        int index = _store.Find(in ends);
        if (index != FlowDirectory.None) _store.Remove(index, nowNs);
    }

    /// <summary>Lets flows go whose time is up and which send nothing any more; once a burst. Bounded work.</summary>
    public void Advance(long nowNs)
    {
        if (_settings.FlowNsMax != long.MaxValue) _store.RemoveOld(nowNs - _settings.FlowNsMax, nowNs, StepMax);
    }

    /// <summary>Ends all flows, each with what it has said so far; for the end of a capture.</summary>
    /// <returns>False when the caller has to take the observations and call again.</returns>
    public bool TryFlush(long nowNs) => _store.TryRemoveAll(nowNs, StepMax);

    /// <inheritdoc />
    public void Dispose()
    {
        _quic.Dispose();
        _store.Dispose();
    }
}
