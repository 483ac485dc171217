using System.Net;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Alg;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Users;

namespace Natflow.Host.Settings;

/// <summary>Makes the settings of one shard of the operator's.</summary>
public static class NatSettingsMapping
{
    private const int Ipv6FlowsDivisor = 4; // The reference says so at capacity.flows.

    /// <summary>Settings of a shard.</summary>
    /// <param name="settings">The operator's.</param>
    /// <param name="uplinkAddresses">The uplink's own addresses, host byte order: the public ones where the operator says <c>interface</c>.</param>
    /// <param name="shardIndex">The shard.</param>
    /// <param name="seed">Seed of hashes and port choice, the same for every shard.</param>
    /// <remarks>Capacities and the rate of ICMP errors are divided: each shard has its share, rounded up. One-to-one addresses are public ones too.</remarks>
    public static NatSettings ForShard(NatflowSettings settings, IReadOnlyList<uint> uplinkAddresses, int shardIndex, ulong seed)
    {
        NatRuleSettings nat = settings.Nat;
        IReadOnlyList<uint> publicAddresses = nat.PublicIsInterface ? uplinkAddresses : nat.PublicAddresses;
        int shards = settings.Workers.Shards;
        return new NatSettings
        {
            PublicAddresses = [.. publicAddresses, .. nat.Static.Select(static pair => pair.OutsideAddress)],
            LanPrefixes = nat.LanPrefixes,
            PortFirst = nat.Ports.First,
            PortLast = nat.Ports.Last,
            PortBlockSize = nat.PortBlockSize,
            BlocksPerUserMax = nat.BlocksPerUser,
            DeterministicBlocksPerUser = nat.Log == NatLogMode.Deterministic ? nat.DeterministicBlocks : 0,
            FlowsPerUserMax = nat.FlowsPerUser,
            PortBlockHold = nat.PortBlockHold,
            UserIdle = nat.UserIdle,
            FlowCapacity = Share(settings.Capacity.Flows, shards),
            UserCapacity = Share(settings.Capacity.Users, shards),
            FragmentCapacity = Share(settings.Capacity.Fragments, shards),
            PortForwards = [.. nat.PortForwards.Where(forward => forward.ExternalAddress is not null || publicAddresses.Count > 0).Select(forward => Forward(forward, publicAddresses))],
            Mapping = nat.Mapping,
            Filtering = nat.UdpFiltering,
            TcpFiltering = nat.TcpFiltering,
            StaticAddresses = [.. nat.Static.Select(static pair => new StaticAddress(pair.OutsideAddress, pair.InsideAddress))],
            ExemptDestinations = [.. nat.Exempt.SelectMany(Exempt)],
            MappingsPerSecondMax = nat.MappingsPerSecondPerUser,
            UdpShortPorts = [.. nat.Timeouts.UdpByPort.Keys],
            IcmpErrorsInside = settings.Icmp.GenerateToLan,
            IcmpErrorsOutside = settings.Icmp.GenerateToWan,
            IcmpErrorsPerSecondMax = Share(settings.Icmp.RateLimit, shards),
            IcmpErrorsPerUserPerSecondMax = settings.Icmp.RateLimitPerUser,
            AnswerPing = settings.Icmp.AnswerPing,
            RefuseUnsolicitedSyn = nat.RefuseUnsolicitedSyn,
            UnsolicitedSynSilence = nat.Timeouts.TcpIncomingSyn,
            FragmentWait = nat.Timeouts.Fragment,
            UdpInboundRefresh = nat.UdpInboundRefresh,
            TcpPickUp = nat.TcpPickUp,
            PortParity = nat.PortParity,
            Timeouts = Timeouts(nat.Timeouts),
            Alg = new AlgSettings { Ftp = settings.Helpers.Ftp, Sip = settings.Helpers.Sip, Tftp = settings.Helpers.Tftp },
            Pcp = settings.Pcp.IsEnabled ? Pcp(settings) : null,
            Ipv6 = Ipv6(settings, shards),
            UserLimits = new PolicyLimits(settings.Users.RateUp, settings.Users.RateDown, settings.Users.Burst),
            ShardCount = shards,
            ShardIndex = shardIndex,
            Seed = seed,
        };
    }

    // Nobody but a subscriber reaches the server; without named networks anyone on a LAN port is one.
    private static Flows.Pcp.PcpSettings Pcp(NatflowSettings settings) => new()
    {
        LeasesPerUserMax = settings.Pcp.MappingsPerUser,
        LifetimeMin = settings.Pcp.LifetimeMin,
        LifetimeMax = settings.Pcp.LifetimeMax,
        ThirdPartyRequesters = !settings.Pcp.ThirdParty ? [] : settings.Nat.LanPrefixes.Count != 0 ? settings.Nat.LanPrefixes : [default(Ipv4Prefix)],
    };

    private static FlowTimeouts Timeouts(TimeoutSettings timeouts) => new()
    {
        Udp = timeouts.Udp,
        UdpOneWay = timeouts.UdpOneWay,
        UdpShort = timeouts.UdpByPort.Count > 0 ? timeouts.UdpByPort.First().Value : new FlowTimeouts().UdpShort,
        IcmpQuery = timeouts.Icmp,
        TcpEstablished = timeouts.TcpEstablished,
        TcpOpening = timeouts.TcpOpening,
        TcpClosing = timeouts.TcpClosing,
        TcpTransitory = timeouts.TcpTransitory,
    };

    private static Flows.Ipv6.Ipv6Settings Ipv6(NatflowSettings settings, int shards) => new()
    {
        Mode = settings.Ipv6.Nat66.IsEnabled ? Ipv6Mode.Masquerade : settings.Ipv6.Nptv6.Count > 0 ? Ipv6Mode.PrefixTranslation : Ipv6Mode.Native,
        Filter = settings.Ipv6.Filter,
        PrefixPairs = [.. settings.Ipv6.Nptv6.Select(static pair => new Ipv6PrefixPair(Prefix(pair.Inside), Prefix(pair.Outside)))],
        PublicAddresses = settings.Ipv6.Nat66.IsEnabled ? [.. settings.Ipv6.Nat66.Outside.Select(Address)] : [],
        Nat64Prefix = settings.Ipv6.Nat64Prefix is { } prefix ? Prefix(prefix) : null,
        ErrorsPerSecondMax = Share(settings.Icmp.RateLimit, shards),
        FlowCapacity = Share(settings.Capacity.Flows, shards * Ipv6FlowsDivisor),
        FragmentCapacity = Share(settings.Capacity.Fragments, shards),
    };

    private static Ipv6Address Address(IPAddress address) => Ipv6Address.Read(address.GetAddressBytes());

    private static Ipv6Prefix Prefix(IPNetwork network) => new(Address(network.BaseAddress), network.PrefixLength);

    // A shard knows single ports; the binder keeps their number small.
    private static IEnumerable<ExemptDestination> Exempt(ExemptSettings exempt) => exempt.IsEveryPort
        ? [new ExemptDestination(exempt.Destination, Port: 0, exempt.Protocol ?? 0)]
        : Enumerable.Range(exempt.Ports.First, exempt.Ports.Count).Select(port => new ExemptDestination(exempt.Destination, (ushort)port, exempt.Protocol ?? 0));

    private static PortForward Forward(PortForwardSettings forward, IReadOnlyList<uint> publicAddresses) => new(
        forward.Protocol, forward.ExternalAddress ?? publicAddresses[0], forward.ExternalPort, forward.InsideAddress, forward.InsidePort, forward.Zone);

    private static int Share(int total, int shards) => (total + shards - 1) / shards;
}
