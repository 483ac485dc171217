using Natflow.Netlink.Model;

namespace Natflow.Gateway.Live;

/// <summary>The operator's network changed: from the watcher to the network actor, from there to every flow actor.</summary>
/// <param name="Model">All of it, as of now.</param>
/// <param name="Change">What differs from the model before.</param>
public sealed record NetworkChanged(NetworkModel Model, NetworkChange Change);

/// <summary>A shard sends to a next hop. Where its link address is not known, the answer is a <see cref="NetworkChanged"/>, some time.</summary>
/// <param name="LinkIndex">The next hop's interface.</param>
/// <param name="Address">The next hop.</param>
public sealed record NeighbourRequest(int LinkIndex, IpAddress Address);

/// <summary>Asks the network actor for the <see cref="NetworkModel"/>; answered when there is one.</summary>
public sealed record NetworkModelRequest
{
    /// <summary>The only one.</summary>
    public static readonly NetworkModelRequest Instance = new();
}

/// <summary>Tells the network actor which shards to inform.</summary>
/// <param name="Plane">A data plane whose workers run.</param>
/// <param name="Addresses">Its public addresses, to be followed; null in a cluster, where they come and go with shards.</param>
public sealed record DataPlaneReady(DataPlane Plane, PublicAddressSet? Addresses);
