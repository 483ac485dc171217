using Natflow.Flows.Paths;
using Natflow.Memory;

namespace Natflow.Flows.Offers;

/// <summary>Tells the offload actor of a shard's ways: before the first offer that takes one, and when one changes. Owner thread only.</summary>
internal sealed class LinkAnnouncer : IDisposable
{
    private readonly PathTable _paths;
    private readonly SpscRing<FlowOffer> _offers;
    private readonly int _base;
    private readonly NativeArray<uint> _told;

    internal LinkAnnouncer(PathTable paths, SpscRing<FlowOffer> offers, int linkBase, int linkCount)
    {
        _paths = paths;
        _offers = offers;
        _base = linkBase;
        _told = new NativeArray<uint>(linkCount);
        paths.TrackChanges();
    }

    /// <summary>Number of a way in the gateway; 0 for one that has none.</summary>
    internal ushort NumberOf(ushort path) =>
        path < _told.Length && _base + path <= ushort.MaxValue ? (ushort)(_base + path) : (ushort)0;

    /// <summary>Makes sure that the actor knows a ready way as it is now.</summary>
    /// <returns>False when the ring is full.</returns>
    internal bool TryTell(ushort path)
    {
        ref PathRecord record = ref _paths[path];
        if (_told[path] == KnownAs(record.Generation))
            return true;
        if (!TrySend(path))
            return false;
        _told[path] = record.State is PathState.Ready or PathState.AsIs ? KnownAs(record.Generation) : 0;
        return true;
    }

    /// <summary>Tells of ways that changed and that the actor may know; goes on later where the ring is full.</summary>
    internal void TellChanges()
    {
        while (_paths.TryPeekChange(out ushort path))
        {
            if (NumberOf(path) != 0 && _told[path] != 0 && !TryTell(path))
                return;
            _paths.TakeChange();
        }
    }

    public void Dispose() => _told.Dispose();

    private static uint KnownAs(ushort generation) => generation + 1u;

    private bool TrySend(ushort path) =>
        _offers.Enqueue([new FlowOffer { Kind = OfferKind.Link, LinkIndex = NumberOf(path), Path = _paths[path] }]) != 0;
}
