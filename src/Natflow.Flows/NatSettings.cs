using Natflow.Core;
using Natflow.Flows.Alg;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Pcp;
using Natflow.Flows.Users;

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
    private const int FlowsPerMappingLimit = 65_000;
    private const int RateLimitMax = 1_000_000;
    private const int PortListMax = 16;
    private const int ExemptDestinationsMax = 64;

    /// <summary>Public addresses, host byte order, no duplicates.</summary>
    public required IReadOnlyList<uint> PublicAddresses { get; init; }

    /// <summary>Room for public addresses that are added while the gateway runs (<see cref="PublicPool.TryAdd"/>), 0 to 1024.</summary>
    public int PublicAddressSpares { get; init; } = 4;

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

    /// <summary>Rates that every subscriber has until its policy says otherwise.</summary>
    public PolicyLimits UserLimits { get; init; } = PolicyLimits.None;

    /// <summary>Most flows of the shard.</summary>
    public int FlowCapacity { get; init; } = 1 << 20;

    /// <summary>Most subscribers of the shard.</summary>
    public int UserCapacity { get; init; } = 1 << 16;

    /// <summary>Most fragment contexts of the shard (RFC 4787 REQ-14a: bounded).</summary>
    public int FragmentCapacity { get; init; } = 4096;

    /// <summary>Static mappings.</summary>
    public IReadOnlyList<PortForward> PortForwards { get; init; } = [];

    /// <summary>One-to-one translations.</summary>
    public IReadOnlyList<StaticAddress> StaticAddresses { get; init; } = [];

    /// <summary>
    /// Blocks that each address of the LAN prefixes has for good, by calculation (RFC 7422): 1 to <see cref="BlocksPerUserMax"/>. 0 leases blocks as they are needed.
    /// </summary>
    public int DeterministicBlocksPerUser { get; init; }

    /// <summary>Mapping behaviour.</summary>
    public MappingMode Mapping { get; init; } = MappingMode.EndpointIndependent;

    /// <summary>Remote TCP and UDP ports, host byte order, whose flows give endpoint-independent mapping up (RFC 7857 section 3); at most 16.</summary>
    public IReadOnlyList<ushort> EndpointDependentPorts { get; init; } = [];

    /// <summary>Filtering behaviour, of TCP too unless <see cref="TcpFiltering"/> says otherwise.</summary>
    public FilteringMode Filtering { get; init; } = FilteringMode.EndpointIndependent;

    /// <summary>Filtering behaviour of TCP (RFC 5382 REQ-3); null is that of <see cref="Filtering"/>.</summary>
    public FilteringMode? TcpFiltering { get; init; }

    /// <summary>Remote UDP ports, host byte order, 1 to 1023, whose flows have the timer <see cref="FlowTimeouts.UdpShort"/> (RFC 4787 REQ-5a); at most 16.</summary>
    public IReadOnlyList<ushort> UdpShortPorts { get; init; } = [];

    /// <summary>Most flows of one mapping (RFC 6888 REQ-5): 1 to 65,000.</summary>
    public int FlowsPerMappingMax { get; init; } = 8192;

    /// <summary>New mappings a second and at once that a subscriber may open (RFC 6888 REQ-4 C), at most a million; 0 is no limit.</summary>
    public int MappingsPerSecondMax { get; init; }

    /// <summary>Whether a subscriber whose address has no block left gets one on another address (RFC 7857 section 4), or is refused.</summary>
    public bool SpillToOtherAddresses { get; init; }

    /// <summary>Share of leased blocks at which an event is raised, 1 to 100 %.</summary>
    public int PoolThresholdPercent { get; init; } = 90;

    /// <summary>Destinations that are reached without translation; at most 64.</summary>
    public IReadOnlyList<ExemptDestination> ExemptDestinations { get; init; } = [];

    /// <summary>Whether the gateway reports to subscribers by ICMP errors (RFC 5508 REQ-9, REQ-10).</summary>
    public bool IcmpErrorsInside { get; init; } = true;

    /// <summary>Whether the gateway reports to senders outside by ICMP errors.</summary>
    public bool IcmpErrorsOutside { get; init; } = true;

    /// <summary>ICMP errors and echo replies a second of the shard, 0 for no limit.</summary>
    public int IcmpErrorsPerSecondMax { get; init; } = 1000;

    /// <summary>ICMP errors and echo replies a second to one subscriber, 0 for no limit.</summary>
    public int IcmpErrorsPerUserPerSecondMax { get; init; } = 20;

    /// <summary>Whether the public addresses answer echo requests; no inside host ever sees one.</summary>
    public bool AnswerPing { get; init; } = true;

    /// <summary>Whether a SYN that nobody inside wanted is refused after six seconds (RFC 5382 REQ-4), or never answered (REQ-4 a).</summary>
    public bool RefuseUnsolicitedSyn { get; init; } = true;

    /// <summary>Silence before an unsolicited SYN is refused (RFC 5382 REQ-4: at least 6 s).</summary>
    public TimeSpan UnsolicitedSynSilence { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>Time that a fragment waits for the first of its datagram (RFC 6146 section 4: at least 2 s).</summary>
    public TimeSpan FragmentWait { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Most fragments of the shard that wait for the first of their datagram, each with its chunk: 4 to 1024.</summary>
    public int HeldFragmentCapacity { get; init; } = 64;

    /// <summary>Whether packets from outside keep a UDP flow alive (RFC 4787 REQ-6, RFC 7857 section 7).</summary>
    public bool UdpInboundRefresh { get; init; }

    /// <summary>Whether a TCP segment without SYN from inside starts a flow, so that connections survive a restart of the gateway.</summary>
    public bool TcpPickUp { get; init; } = true;

    /// <summary>Even ports map to even ports, odd to odd, where a port is free (RFC 4787 REQ-4).</summary>
    public bool PortParity { get; init; } = true;

    /// <summary>Idle times.</summary>
    public FlowTimeouts Timeouts { get; init; } = new();

    /// <summary>Application level gateways.</summary>
    public AlgSettings Alg { get; init; } = new();

    /// <summary>Port control on the gateway's own addresses (RFC 6887, RFC 6886); null does not answer.</summary>
    public PcpSettings? Pcp { get; init; }

    /// <summary>How IPv6 is forwarded and translated.</summary>
    public Ipv6Settings Ipv6 { get; init; } = new();

    /// <summary>Number of shards that share the public addresses' blocks.</summary>
    public int ShardCount { get; init; } = 1;

    /// <summary>This shard, 0 to <see cref="ShardCount"/> - 1.</summary>
    public int ShardIndex { get; init; }

    /// <summary>Seed of hashes and port choice: from the system's random source in production, fixed where a run must repeat.</summary>
    public ulong Seed { get; init; }

    /// <summary>Seed of port choice where it is not <see cref="Seed"/>: a restart that keeps the hashes must not draw the same ports again.</summary>
    public ulong? PortSeed { get; init; }

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
        ValidateLimits(errors);
        ValidateStatics(errors);
        if (errors.Count == 0 && DeterministicBlocksPerUser != 0)
            ValidatePlan(errors);
        if (!UserLimits.IsValid)
            errors.Add($"user rates: 0 or {PolicyLimits.RateMin} to {PolicyLimits.RateMax} bit/s, with a burst of {PolicyLimits.BurstMin.TotalMilliseconds} ms to {PolicyLimits.BurstMax.TotalSeconds} s");
        if (ShardIndex < 0 || ShardIndex >= ShardCount)
            errors.Add($"shard {ShardIndex} of {ShardCount}");
        Alg.Validate(errors);
        if (Pcp is not null)
            errors.AddRange(Pcp.Validate());
        errors.AddRange(Ipv6.Validate());
        return errors;
    }

    private void ValidateStatics(List<string> errors)
    {
        foreach (StaticAddress item in StaticAddresses)
        {
            string text = Ipv4Prefix.ToText(item.ExternalAddress);
            if (!PublicAddresses.Contains(item.ExternalAddress))
                errors.Add($"static address {text}: not one of the public addresses");
            if (item.InsideAddress == 0)
                errors.Add($"static address {text}: needs an inside address");
            if (PortForwards.Any(forward => forward.ExternalAddress == item.ExternalAddress))
                errors.Add($"static address {text}: a port forward uses it too");
        }

        if (StaticAddresses.DistinctBy(static item => item.ExternalAddress).Count() != StaticAddresses.Count)
            errors.Add("static addresses: a public address is given twice");
        if (StaticAddresses.DistinctBy(static item => (item.InsideAddress, item.Zone)).Count() != StaticAddresses.Count)
            errors.Add("static addresses: an inside address is given twice");
    }

    private void ValidatePlan(List<string> errors)
    {
        if (DeterministicBlocksPerUser < 0 || DeterministicBlocksPerUser > BlocksPerUserMax)
        {
            errors.Add($"deterministic blocks: 1 to the blocks per user, {BlocksPerUserMax}, not {DeterministicBlocksPerUser}");
            return;
        }

        var plan = new DeterministicPlan(this);
        if (plan.UserCount == 0 || plan.UserCount > plan.UserCountMax)
            errors.Add($"deterministic blocks: the public addresses have room for {plan.UserCountMax} subscribers, the LAN prefixes hold {plan.UserCount}");
        if (StaticAddresses.Count != 0 || PortForwards.Any(forward => forward.ExternalPort >= PortFirst && forward.ExternalPort <= PortLast))
            errors.Add("deterministic blocks: static addresses, and forwards of ports of the dynamic range, do not go with them");
        if (EndpointDependentPorts.Count != 0 && DeterministicBlocksPerUser < 2)
            errors.Add("deterministic blocks: ports with endpoint-dependent mapping need a second block");
    }

    private void ValidateLimits(List<string> errors)
    {
        if (FlowsPerMappingMax is < 1 or > FlowsPerMappingLimit)
            errors.Add($"flows per mapping: 1 to {FlowsPerMappingLimit}, not {FlowsPerMappingMax}");
        if (MappingsPerSecondMax is < 0 or > RateLimitMax)
            errors.Add($"mappings per second: 0 (no limit) to {RateLimitMax}, not {MappingsPerSecondMax}");
        if (IcmpErrorsPerSecondMax is < 0 or > RateLimitMax || IcmpErrorsPerUserPerSecondMax is < 0 or > RateLimitMax)
            errors.Add($"ICMP errors per second: 0 (no limit) to {RateLimitMax}");
        if (PublicAddressSpares is < 0 or > 1024)
            errors.Add($"spare public addresses: 0 to 1024, not {PublicAddressSpares}");
        if (PoolThresholdPercent is < 1 or > 100)
            errors.Add($"pool threshold: 1 to 100 %, not {PoolThresholdPercent}");
        if (HeldFragmentCapacity is < 4 or > 1024)
            errors.Add($"held fragments: 4 to 1024, not {HeldFragmentCapacity}");
        if (EndpointDependentPorts.Count > PortListMax || UdpShortPorts.Count > PortListMax)
            errors.Add($"lists of remote ports: at most {PortListMax} ports each");
        if (UdpShortPorts.Any(static port => port is 0 or > 1023))
            errors.Add("short UDP timer: well-known ports alone, 1 to 1023 (RFC 4787 REQ-5a)");
        if (ExemptDestinations.Count > ExemptDestinationsMax)
            errors.Add($"exempt destinations: at most {ExemptDestinationsMax}");
        if (ExemptDestinations.Count != 0 && LanPrefixes.Count == 0)
            errors.Add("exempt destinations need the LAN prefixes: their answers come back to LAN addresses");
        foreach (ExemptDestination exempt in ExemptDestinations.Where(exempt => PublicAddresses.Any(exempt.Prefix.Contains)))
            errors.Add($"exempt destination {exempt.Prefix}: holds a public address, which is never reached without translation");
    }
}
