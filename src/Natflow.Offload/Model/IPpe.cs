using Natflow.Flows.Paths;

namespace Natflow.Offload.Model;

/// <summary>
/// A packet processing engine: forwards the packets of bound entries without the gateway. What an entry does not fully describe (fragments, options, a TTL
/// at its end, TCP SYN, FIN and RST, a packet over the MTU) it punts.
/// </summary>
/// <remarks>One thread, the offload actor's. Nothing here throws for an entry's content: the outcome is a <see cref="PpeResult"/>.</remarks>
public interface IPpe : IDisposable
{
    /// <summary>Name for views and configuration: <c>xdp</c>, <c>mtk</c>, <c>flower</c>.</summary>
    string Name { get; }

    /// <summary>What it can do.</summary>
    PpeFeatures Supports { get; }

    /// <summary>Entries it can hold; a flow needs two.</summary>
    int CapacityEntries { get; }

    /// <summary>Entries it holds.</summary>
    int CountEntries { get; }

    /// <summary>Binds entries.</summary>
    /// <param name="entries">Any number.</param>
    /// <param name="handles">Receives a handle for each that was bound, <see cref="FoeHandle.None"/> for the others.</param>
    /// <param name="results">Receives how each ended.</param>
    void Bind(ReadOnlySpan<FoeEntry> entries, Span<FoeHandle> handles, Span<PpeResult> results);

    /// <summary>
    /// Takes entries out: the next packet of each is punted. Their counters stay readable until <see cref="Release"/>, for a packet may be under way.
    /// </summary>
    void Unbind(ReadOnlySpan<FoeHandle> handles);

    /// <summary>Gives the places of unbound entries back. Not before the packets that were under way at <see cref="Unbind"/> have left: see <see cref="GraceMs"/>.</summary>
    void Release(ReadOnlySpan<FoeHandle> handles);

    /// <summary>Time between <see cref="Unbind"/> and the last counter change that a packet under way can make, ms.</summary>
    int GraceMs { get; }

    /// <summary>Reads what entries forwarded, bound or unbound but not released. An entry that somebody else cleared gives <c>false</c> in <paramref name="isBound"/>.</summary>
    /// <param name="handles">Any number.</param>
    /// <param name="counters">Receives one a handle.</param>
    /// <param name="isBound">Receives whether the PPE still forwards by it.</param>
    /// <param name="nowMs">Monotonic clock, ms modulo 2^32.</param>
    void ReadCounters(ReadOnlySpan<FoeHandle> handles, Span<FoeCounters> counters, Span<bool> isBound, uint nowMs);

    /// <summary>
    /// Sets a way out. A record with another generation makes the entries of the older one void, at once where <see cref="PpeFeatures.Generations"/> is
    /// supported; elsewhere the caller unbinds them.
    /// </summary>
    /// <param name="linkIndex">1 to 65,535.</param>
    /// <param name="path">MTU, interface and link header of the way; one without MTU lets nothing pass.</param>
    void SetLink(ushort linkIndex, in PathRecord path);

    /// <summary>Reads back a bound entry, as far as its format keeps it. False for an unknown handle.</summary>
    bool TryRead(FoeHandle handle, out FoeEntry entry);
}
