using Natflow.Core;
using Natflow.Flows.Offers;

namespace Natflow.Gateway.Ppe;

/// <summary>Offers of hairpinned flows that wait for the offer of the other flow, perhaps of another shard. Fixed capacity. One thread.</summary>
internal sealed class HairpinHalves
{
    /// <summary>Offers that may wait.</summary>
    internal const int CapacityMax = 4096;

    private const int PassesMax = 2;

    private readonly Dictionary<HalfKey, Half> _halves = new(CapacityMax);
    private readonly Dictionary<FlowCookie, HalfKey> _keys = new(CapacityMax);
    private readonly List<FlowOffer> _expired = new(CapacityMax);

    /// <summary>Offers that wait.</summary>
    internal int Count => _halves.Count;

    /// <summary>The other flow's offer, if it waits. It stays until <see cref="Remove"/>.</summary>
    internal bool TryFindOther(ref readonly FlowOffer offer, out FlowOffer other)
    {
        bool isFound = _halves.TryGetValue(HalfKey.OfOther(in offer), out Half half);
        other = half.Offer;
        return isFound;
    }

    /// <summary>Lets an offer wait; a later one of the same flow takes the place of an earlier one.</summary>
    /// <returns>False when too many wait.</returns>
    internal bool TryAdd(ref readonly FlowOffer offer)
    {
        var key = HalfKey.Of(in offer);
        if (_halves.Remove(key, out Half earlier))
            _keys.Remove(earlier.Offer.Cookie);
        if (_halves.Count == CapacityMax)
            return false;
        _halves.Add(key, new Half(offer, Passes: 0));
        _keys[offer.Cookie] = key;
        return true;
    }

    /// <summary>An offer waits no longer.</summary>
    /// <returns>False when it did not.</returns>
    internal bool Remove(FlowCookie cookie) => _keys.Remove(cookie, out HalfKey key) && _halves.Remove(key);

    /// <summary>A pass is over: the offers that have waited too long, which the caller answers and removes. Valid until the next call.</summary>
    internal List<FlowOffer> EndPass()
    {
        _expired.Clear();
        foreach (HalfKey key in _keys.Values)
        {
            Half half = _halves[key];
            _halves[key] = half with { Passes = half.Passes + 1 };
            if (half.Passes >= PassesMax)
                _expired.Add(half.Offer);
        }

        return _expired;
    }

    private readonly record struct Half(FlowOffer Offer, int Passes);

    // By its external and remote ends, which the other flow has the other way round.
    private readonly record struct HalfKey(Ipv6Address External, Ipv6Address Remote, ushort ExternalPortBe, ushort RemotePortBe, byte Protocol)
    {
        internal static HalfKey Of(ref readonly FlowOffer offer) =>
            new(offer.External, offer.Remote, offer.ExternalPortBe, offer.RemotePortBe, offer.Protocol);

        internal static HalfKey OfOther(ref readonly FlowOffer offer) =>
            new(offer.Remote, offer.External, offer.RemotePortBe, offer.ExternalPortBe, offer.Protocol);
    }
}
