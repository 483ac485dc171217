using Natflow.Core;
using Natflow.Hocon;

namespace Natflow.Host.Settings.Binding;

/// <summary>Settings that are right one by one and contradict each other.</summary>
internal sealed class SettingsRules
{
    private const int ExemptMax = 64; // What a shard compares one by one for each new flow.
    private const int ShortPortsMax = 16;

    private readonly NatflowSettings _settings;
    private readonly BindingLog _log;

    private SettingsRules(NatflowSettings settings, BindingLog log)
    {
        _settings = settings;
        _log = log;
    }

    /// <summary>Notes every contradiction among settings that are not wrong already.</summary>
    internal static void Check(NatflowSettings settings, BindingLog log)
    {
        var rules = new SettingsRules(settings, log);
        rules.CheckWorkers();
        rules.CheckPorts();
        rules.CheckPool();
        rules.CheckStaticMappings();
        rules.CheckExempt();
        rules.CheckTimeouts();
        rules.CheckIpv6();
        rules.CheckJournal();
        PortalRules.Check(settings, rules.When);
        rules.When(
            () => settings.Pcp.LifetimeMin > settings.Pcp.LifetimeMax, "natflow.pcp.lifetime-min", "expected no more than lifetime-max", "natflow.pcp.lifetime-max");
    }

    private void CheckWorkers()
    {
        WorkerSettings workers = _settings.Workers;
        When(
            () => workers.Cpus.Count > 0 && workers.Cpus.Count != workers.Count,
            "natflow.workers.cpus",
            $"expected one CPU for each of the {workers.Count} workers, or an empty list, not {workers.Cpus.Count}",
            "natflow.workers.count");
        When(() => workers.Cpus.Distinct().Count() != workers.Cpus.Count, "natflow.workers.cpus", "expected each CPU once");
    }

    private void CheckPorts()
    {
        PortSettings ports = _settings.Ports;
        When(() => ports.Lan.Count == 0, "natflow.ports.lan", "expected at least one interface towards subscribers, such as [ eth1 ]");
        When(() => ports.Wan.Count == 0, "natflow.ports.wan", "expected at least one uplink, such as [ eth0 ]");
        string[] names = [.. ports.Lan.Select(static lan => lan.Interface), .. ports.Wan.Select(static wan => wan.Interface)];
        foreach (string twice in names.GroupBy(static name => name, StringComparer.Ordinal).Where(static group => group.Count() > 1).Select(static group => group.Key))
            When(static () => true, ports.Wan.Any(wan => wan.Interface == twice) ? "natflow.ports.wan" : "natflow.ports.lan", $"expected each interface once among lan and wan, not '{twice}' twice");
        When(
            () => ports.AfXdp is { ZeroCopy: Requirement.Require, Native: Requirement.Off },
            "natflow.ports.af-xdp.zero-copy",
            "expected auto or off: zero-copy needs XDP in the driver, and native is off",
            "natflow.ports.af-xdp.native");
        When(
            () => _settings.Offload.Engine == OffloadEngine.Tc && (ports.Lan.Any(static lan => lan.Mode == PortMode.AfXdp) || ports.Wan.Any(static wan => wan.Mode == PortMode.AfXdp)),
            "natflow.offload.engine",
            "expected xdp, for a port has mode af_xdp: at tc's ingress the soft PPE needs auto or af_packet",
            "natflow.ports");
        When(
            () => ports.Umem.Chunks < 4 * ports.AfXdp.RingSize,
            "natflow.ports.umem.chunks",
            $"expected at least four times ring-size, {4 * ports.AfXdp.RingSize}: each of a queue's four rings may be full of frames",
            "natflow.ports.af-xdp.ring-size");
    }

    private void CheckPool()
    {
        NatRuleSettings nat = _settings.Nat;
        When(() => nat.PublicAddresses.Distinct().Count() != nat.PublicAddresses.Count, "natflow.nat.public", "expected each address once: two elements overlap");
        foreach (Ipv4Prefix prefix in nat.LanPrefixes.Where(prefix => nat.PublicAddresses.Any(prefix.Contains)))
            When(static () => true, "natflow.nat.lan-prefixes", $"expected networks without a public address, and {prefix} holds one", "natflow.nat.public");
        int blocks = BlocksIn(nat.Ports, nat.PortBlockSize);
        When(
            () => blocks < _settings.Workers.Shards,
            "natflow.nat.ports",
            $"expected a whole block of {nat.PortBlockSize} ports for each of the {_settings.Workers.Shards} shards, and the range holds {blocks}",
            "natflow.nat.port-block-size",
            "natflow.workers");
        When(
            () => nat.BlocksPerUser > blocks,
            "natflow.nat.blocks-per-user",
            $"expected no more than the {blocks} blocks that one address has",
            "natflow.nat.ports",
            "natflow.nat.port-block-size");
    }

    private void CheckStaticMappings()
    {
        NatRuleSettings nat = _settings.Nat;
        const string Forwards = "natflow.nat.port-forwards";
        When(() => HasTwice(nat.PortForwards, static forward => (forward.Protocol, forward.ExternalAddress, forward.ExternalPort)), Forwards, "expected each external port once");
        When(() => HasTwice(nat.PortForwards, static forward => (forward.Protocol, forward.InsideAddress, forward.InsidePort, forward.Zone)), Forwards, "expected each inside port once");
        When(
            () => !nat.PublicIsInterface && nat.PortForwards.Any(forward => forward.ExternalAddress is { } address && !nat.PublicAddresses.Contains(address)),
            Forwards,
            "expected an address that natflow.nat.public lists",
            "natflow.nat.public");
        When(
            () => nat.PublicIsInterface && nat.PortForwards.Any(static forward => forward.ExternalAddress is not null),
            Forwards,
            "expected no address: natflow.nat.public is the uplink's own, whatever that is",
            "natflow.nat.public");
        When(() => HasTwice(nat.Static, static pair => pair.InsideAddress), "natflow.nat.static", "expected each inside address once");
        When(() => HasTwice(nat.Static, static pair => pair.OutsideAddress), "natflow.nat.static", "expected each outside address once");
        When(
            () => nat.Static.Any(pair => nat.PublicAddresses.Contains(pair.OutsideAddress)),
            "natflow.nat.static",
            "expected outside addresses that natflow.nat.public does not list: one address cannot be shared and one-to-one",
            "natflow.nat.public");
    }

    private void CheckExempt()
    {
        int count = _settings.Nat.Exempt.Sum(static exempt => exempt.IsEveryPort ? 1 : exempt.Ports.Count);
        When(() => count > ExemptMax, "natflow.nat.exempt", $"expected at most {ExemptMax} destinations, each port of a range counted, not {count}");
        When(
            () => count > 0 && _settings.Nat.LanPrefixes.Count == 0,
            "natflow.nat.exempt",
            "expected lan-prefixes beside it: answers come back to the subscribers' own addresses, which must be known",
            "natflow.nat.lan-prefixes");
    }

    private void CheckTimeouts()
    {
        IReadOnlyDictionary<ushort, TimeSpan> byPort = _settings.Nat.Timeouts.UdpByPort;
        const string Key = "natflow.nat.timeouts.udp-by-port";
        When(() => byPort.Values.Distinct().Count() > 1, Key, "expected the same duration for every port");
        When(() => byPort.Keys.Any(static port => port > 1023), Key, "expected well-known ports, 1 to 1023 (RFC 4787 REQ-5a)");
        When(() => byPort.Count > ShortPortsMax, Key, $"expected at most {ShortPortsMax} ports, not {byPort.Count}");
    }

    private void CheckJournal()
    {
        NatRuleSettings nat = _settings.Nat;
        When(
            () => _settings.Journal is { Engine: JournalEngine.PostgreSql, Connection.Length: 0 },
            "natflow.journal.connection",
            "expected a connection string, for the engine is postgresql",
            "natflow.journal.engine");
        When(
            () => nat.Log == NatLogMode.Session && _settings.Journal.Engine == JournalEngine.None,
            "natflow.nat.log",
            "expected block or deterministic: sessions have no journal to go to",
            "natflow.journal.engine");
        When(
            () => nat.Log == NatLogMode.Deterministic && nat.LanPrefixes.Count == 0,
            "natflow.nat.log",
            "expected lan-prefixes beside deterministic: ports are computed from the subscriber's place in them",
            "natflow.nat.lan-prefixes");
        When(
            () => nat.Log == NatLogMode.Deterministic && nat.DeterministicBlocks > nat.BlocksPerUser,
            "natflow.nat.deterministic-blocks",
            "expected no more than blocks-per-user",
            "natflow.nat.blocks-per-user");
    }

    private void CheckIpv6()
    {
        Ipv6Settings ipv6 = _settings.Ipv6;
        When(() => ipv6.Nat66 is { IsEnabled: true, Outside.Count: 0 }, "natflow.ipv6.nat66.outside", "expected at least one address, for nat66 is enabled", "natflow.ipv6.nat66.enabled");
        When(() => ipv6.Nat66.IsEnabled && ipv6.Nptv6.Count > 0, "natflow.ipv6.nptv6", "expected an empty list, for nat66 is enabled", "natflow.ipv6.nat66.enabled");
        When(() => HasTwice(ipv6.Nptv6, static pair => pair.Inside) || HasTwice(ipv6.Nptv6, static pair => pair.Outside), "natflow.ipv6.nptv6", "expected each prefix once");
    }

    /// <summary>Whole blocks that a range holds, aligned to their size.</summary>
    private static int BlocksIn(PortRange ports, int blockSize)
    {
        if (blockSize < 1)
            return 0;
        int first = (ports.First + blockSize - 1) / blockSize;
        int end = (ports.Last + 1) / blockSize;
        return Math.Max(0, end - first);
    }

    private static bool HasTwice<T, TKey>(IReadOnlyList<T> items, Func<T, TKey> key) => items.DistinctBy(key).Count() != items.Count;

    // A rule is silent where one of its keys is wrong by itself: what it would say might not hold once that is put right.
    private void When(Func<bool> isBroken, string key, string message, params ReadOnlySpan<string> otherKeys)
    {
        foreach (string other in otherKeys)
        {
            if (_log.IsWrong(other))
                return;
        }

        if (_log.IsWrong(key) || !isBroken())
            return;
        HoconLocation location = _settings.Values.TryGetValue(key, out SettingValue? value) ? value.Location : default;
        _log.Error(location, HoconPath.Parse(key), message);
    }
}
