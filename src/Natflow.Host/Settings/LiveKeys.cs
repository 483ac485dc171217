namespace Natflow.Host.Settings;

/// <summary>Which keys a reload puts in force; all others wait for a restart. The reference marks them [live].</summary>
public static class LiveKeys
{
    private static readonly string[] Paths =
    [
        "natflow.gateway.log.level", "natflow.gateway.restart-window", "natflow.gateway.drain-timeout",
        "natflow.nat.blocks-per-user", "natflow.nat.flows-per-user", "natflow.nat.mappings-per-second-per-user", "natflow.nat.port-block-hold",
        "natflow.nat.user-idle", "natflow.nat.filtering.udp", "natflow.nat.filtering.tcp", "natflow.nat.port-parity", "natflow.nat.refuse-unsolicited-syn",
        "natflow.nat.tcp-pick-up", "natflow.nat.udp-inbound-refresh", "natflow.nat.exempt", "natflow.nat.port-forwards",
        "natflow.nat.timeouts.tcp-established", "natflow.nat.timeouts.tcp-opening", "natflow.nat.timeouts.tcp-closing",
        "natflow.nat.timeouts.tcp-transitory", "natflow.nat.timeouts.udp", "natflow.nat.timeouts.udp-one-way", "natflow.nat.timeouts.udp-by-port",
        "natflow.nat.timeouts.icmp",
        "natflow.ipv6.filter",
        "natflow.helpers.ftp", "natflow.helpers.sip", "natflow.helpers.tftp",
        "natflow.pcp.lifetime-min", "natflow.pcp.lifetime-max", "natflow.pcp.mappings-per-user", "natflow.pcp.third-party",
        "natflow.users.rate-up", "natflow.users.rate-down", "natflow.users.burst",
        "natflow.inspect.enabled", "natflow.inspect.apps", "natflow.inspect.lists", "natflow.url-log.enabled",
        "natflow.icmp.generate.lan", "natflow.icmp.generate.wan", "natflow.icmp.rate-limit", "natflow.icmp.rate-limit-per-user", "natflow.icmp.answer-ping",
        "natflow.users.join-by-mac",
        "natflow.zones", "natflow.sets",
        "natflow.auth.enabled", "natflow.auth.no-flow-timeout", "natflow.auth.unmatched", "natflow.auth.rules", "natflow.auth.portal.ipv4", "natflow.auth.portal.ipv6", "natflow.auth.portal.url",
        "natflow.auth.portal.https", "natflow.auth.portal.https-port", "natflow.auth.bypass.destinations", "natflow.auth.bypass.sources",
        "natflow.qos.mode", "natflow.qos.rules", "natflow.qos.line.rate-up", "natflow.qos.line.rate-down", "natflow.qos.line.weights",
        "natflow.acl.default", "natflow.acl.redirect-url", "natflow.acl.rules", "natflow.acl.quic-unreachable", "natflow.acl.dns",
    ];

    private static readonly HashSet<string> All = [.. Paths];

    /// <summary>Whether a key is one of them.</summary>
    /// <param name="path">From <c>natflow</c> on.</param>
    public static bool Contains(string path) => All.Contains(path);

    /// <summary>A configuration with the live keys of another.</summary>
    /// <param name="running">What is in force.</param>
    /// <param name="next">What the operator wants.</param>
    public static NatflowSettings Merge(NatflowSettings running, NatflowSettings next) => running with
    {
        Gateway = running.Gateway with { LogLevel = next.Gateway.LogLevel, RestartWindow = next.Gateway.RestartWindow, DrainTimeout = next.Gateway.DrainTimeout },
        Nat = MergeNat(running.Nat, next.Nat),
        Ipv6 = running.Ipv6 with { Filter = next.Ipv6.Filter },
        Helpers = next.Helpers,
        Pcp = next.Pcp with { IsEnabled = running.Pcp.IsEnabled },
        Icmp = next.Icmp,
        Users = next.Users,
        Policy = PortalRedirect.Of(next.Policy, running.Portal),
        Inspect = running.Inspect with { IsEnabled = next.Inspect.IsEnabled, Apps = next.Inspect.Apps, Lists = next.Inspect.Lists },
        UrlLog = running.UrlLog with { IsEnabled = next.UrlLog.IsEnabled },
        Values = running.Values.ToDictionary(
            static value => value.Key,
            value => Contains(value.Key) && next.Values.TryGetValue(value.Key, out SettingValue? changed) ? changed : value.Value),
    };

    private static NatRuleSettings MergeNat(NatRuleSettings running, NatRuleSettings next) => running with
    {
        BlocksPerUser = next.BlocksPerUser,
        FlowsPerUser = next.FlowsPerUser,
        MappingsPerSecondPerUser = next.MappingsPerSecondPerUser,
        PortBlockHold = next.PortBlockHold,
        UserIdle = next.UserIdle,
        UdpFiltering = next.UdpFiltering,
        TcpFiltering = next.TcpFiltering,
        PortParity = next.PortParity,
        RefuseUnsolicitedSyn = next.RefuseUnsolicitedSyn,
        TcpPickUp = next.TcpPickUp,
        UdpInboundRefresh = next.UdpInboundRefresh,
        Exempt = next.Exempt,
        PortForwards = next.PortForwards,
        Timeouts = next.Timeouts with { TcpIncomingSyn = running.Timeouts.TcpIncomingSyn, Fragment = running.Timeouts.Fragment },
    };
}
