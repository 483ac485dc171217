using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Ipv6;

namespace Natflow.Flows;

/// <summary>RFC 4787 section 4.1: whether an external port depends on the destination.</summary>
public enum MappingMode
{
    /// <summary>One external port for an inside address and port, whatever the destination (EIM).</summary>
    EndpointIndependent,

    /// <summary>An external port for each destination address and port; one port serves several destinations (EDM).</summary>
    AddressAndPortDependent,
}

/// <summary>RFC 4787 section 5: who may send to a mapping from outside.</summary>
public enum FilteringMode
{
    /// <summary>Anyone (EIF).</summary>
    EndpointIndependent,

    /// <summary>Addresses that the inside endpoint has sent to (ADF).</summary>
    AddressDependent,

    /// <summary>Addresses and ports that the inside endpoint has sent to (EDF).</summary>
    AddressAndPortDependent,
}

/// <summary>How one shard translates. The host fills it from configuration; every limit is fixed at start.</summary>
public sealed record NatSettings
{
    /// <summary>Public addresses, host byte order, no duplicates.</summary>
    public required IReadOnlyList<uint> PublicAddresses { get; init; }

    /// <summary>The subscribers' networks; empty means that any source on the LAN side is a subscriber.</summary>
    public IReadOnlyList<Ipv4Prefix> LanPrefixes { get; init; } = [];

    /// <summary>First external port of the dynamic range (RFC 6335 section 6: 1024 and up).</summary>
    public ushort PortFirst { get; init; } = 1024;

    /// <summary>Last external port of the dynamic range.</summary>
    public ushort PortLast { get; init; } = ushort.MaxValue;

    /// <summary>Ports in a block: a power of two, 64 to 4096 (RFC 7422 section 2). Each transport protocol has its own ports of the same block.</summary>
    public int PortBlockSize { get; init; } = 128;

    /// <summary>Most blocks one subscriber holds.</summary>
    public int BlocksPerUserMax { get; init; } = 16;

    /// <summary>Most flows one subscriber has (RFC 6888 REQ-5).</summary>
    public int FlowsPerUserMax { get; init; } = 8192;

    /// <summary>Time before a released block may go to another subscriber (RFC 6888 REQ-8: 120 s).</summary>
    public TimeSpan PortBlockHold { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Time without flows after which a subscriber gives up its last block and its entry.</summary>
    public TimeSpan UserIdle { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Most flows of the shard.</summary>
    public int FlowCapacity { get; init; } = 1 << 20;

    /// <summary>Most subscribers of the shard.</summary>
    public int UserCapacity { get; init; } = 1 << 16;

    /// <summary>Most fragment contexts of the shard (RFC 4787 REQ-14a: bounded).</summary>
    public int FragmentCapacity { get; init; } = 4096;

    /// <summary>Static mappings.</summary>
    public IReadOnlyList<PortForward> PortForwards { get; init; } = [];

    /// <summary>Mapping behaviour.</summary>
    public MappingMode Mapping { get; init; } = MappingMode.EndpointIndependent;

    /// <summary>Filtering behaviour.</summary>
    public FilteringMode Filtering { get; init; } = FilteringMode.EndpointIndependent;

    /// <summary>Whether packets from outside keep a UDP flow alive (RFC 4787 REQ-6, RFC 7857 section 7).</summary>
    public bool UdpInboundRefresh { get; init; }

    /// <summary>Whether a TCP segment without SYN from inside starts a flow, so that connections survive a restart of the gateway.</summary>
    public bool TcpPickUp { get; init; } = true;

    /// <summary>Even ports map to even ports, odd to odd, where a port is free (RFC 4787 REQ-4).</summary>
    public bool PortParity { get; init; } = true;

    /// <summary>Idle times.</summary>
    public FlowTimeouts Timeouts { get; init; } = new();

    /// <summary>How IPv6 is forwarded and translated.</summary>
    public Ipv6Settings Ipv6 { get; init; } = new();

    /// <summary>Number of shards that share the public addresses' blocks.</summary>
    public int ShardCount { get; init; } = 1;

    /// <summary>This shard, 0 to <see cref="ShardCount"/> - 1.</summary>
    public int ShardIndex { get; init; }

    /// <summary>Seed of hashes and port choice: from the system's random source in production, fixed where a run must repeat.</summary>
    public ulong Seed { get; init; }

    /// <summary>Every way in which the settings contradict themselves, in words for the operator; empty when they hold.</summary>
    public IReadOnlyList<string> Validate()
    {
        var errors = new List<string>();
        if (PublicAddresses.Count is 0 or > PublicPool.AddressesMax)
            errors.Add($"public addresses: 1 to {PublicPool.AddressesMax} are needed, {PublicAddresses.Count} given");
        if (PublicAddresses.Distinct().Count() != PublicAddresses.Count)
            errors.Add("public addresses: one is given twice");
        foreach (uint address in PublicAddresses.Where(address => LanPrefixes.Any(prefix => prefix.Contains(address))))
            errors.Add($"public address {Ipv4Prefix.ToText(address)} lies in a LAN prefix: the two must not overlap");
        if (PortBlockSize is < 64 or > 4096 || (PortBlockSize & (PortBlockSize - 1)) != 0)
            errors.Add($"port block size: a power of two from 64 to 4096 is needed, not {PortBlockSize}");
        else if (PortBlocks.BlocksPerAddress(this) < ShardCount)
            errors.Add($"ports {PortFirst} to {PortLast} hold {PortBlocks.BlocksPerAddress(this)} blocks of {PortBlockSize}: fewer than {ShardCount} shards");
        if (BlocksPerUserMax < 1)
            errors.Add("blocks per user: at least 1");
        if (FlowCapacity is < 1 or > 1 << 28)
            errors.Add($"flow capacity: 1 to {1 << 28}");
        if (UserCapacity is < 1 or > 1 << 24)
            errors.Add($"user capacity: 1 to {1 << 24}");
        foreach (PortForward forward in PortForwards.Where(forward => !PublicAddresses.Contains(forward.ExternalAddress)))
            errors.Add($"port forward {Ipv4Prefix.ToText(forward.ExternalAddress)}:{forward.ExternalPort}: not one of the public addresses");
        if (PortForwards.DistinctBy(forward => (forward.Protocol, forward.ExternalAddress, forward.ExternalPort)).Count() != PortForwards.Count)
            errors.Add("port forwards: an external port is given twice");
        if (PortForwards.DistinctBy(forward => (forward.Protocol, forward.InsideAddress, forward.InsidePort, forward.Zone)).Count() != PortForwards.Count)
            errors.Add("port forwards: an inside port is given twice");
        if (ShardIndex < 0 || ShardIndex >= ShardCount)
            errors.Add($"shard {ShardIndex} of {ShardCount}");
        errors.AddRange(Ipv6.Validate());
        return errors;
    }
}
