using System.Globalization;
using System.Net;
using Natflow.Hocon;
using Natflow.Portal;

namespace Natflow.Host.Settings.Binding;

/// <summary>Binds a whole configuration. The binder has no defaults: they are in the reference, which every configuration lies over.</summary>
internal static class SettingsBinder
{
    private const string Nat64Expected = "an IPv6 prefix in quotes of length 32, 40, 48, 56, 64 or 96 (RFC 6052)";

    /// <summary>Binds and checks.</summary>
    internal static SettingsResult Bind(HoconConfig config)
    {
        var log = new BindingLog();
        SettingsSection root = SettingsSection.Root(config, log);
        root.Optional("vars", "an object { ... }", true, static (HoconValue value, out bool isObject) => isObject = value is HoconObject, static _ => "vars");
        NatflowSettings settings = BindRoot(root.Section("natflow"), log);
        root.Finish();
        SettingsRules.Check(settings, log);
        return log.Errors.Count == 0
            ? new SettingsResult { Settings = settings, Errors = [] }
            : new SettingsResult { Errors = log.Errors };
    }

    private static NatflowSettings BindRoot(SettingsSection natflow, BindingLog log)
    {
        GatewaySettings gateway = BindGateway(natflow.Section("gateway"));
        UserSettings users = BindUsers(natflow.Section("users"));
        PolicySettings policy = PolicyBinder.Bind(natflow, users, log);
        PortalSettings portal = PortalBinder.Bind(natflow.Section("portal"), policy.Models.Auth, gateway.StateDirectory, log);
        var settings = new NatflowSettings
        {
            Gateway = gateway,
            Workers = BindWorkers(natflow.Section("workers"), log),
            Ports = PortsBinder.Bind(natflow.Section("ports"), log),
            Nat = NatBinder.Bind(natflow.Section("nat"), log),
            Ipv6 = BindIpv6(natflow.Section("ipv6"), log),
            Helpers = BindHelpers(natflow.Section("helpers")),
            Pcp = BindPcp(natflow.Section("pcp")),
            Icmp = BindIcmp(natflow.Section("icmp")),
            Offload = BindOffload(natflow.Section("offload")),
            Users = users,
            Policy = PortalRedirect.Of(policy, portal),
            Portal = portal,
            Journal = JournalBinder.Bind(natflow.Section("journal")),
            Inspect = InspectBinder.BindInspect(natflow.Section("inspect"), log),
            UrlLog = InspectBinder.BindUrlLog(natflow.Section("url-log")),
            Capacity = BindCapacity(natflow.Section("capacity")),
            Cluster = ClusterBinder.Bind(natflow.Section("cluster"), log),
            Management = ManagementBinder.Bind(natflow.Section("management"), gateway.StateDirectory),
            Values = log.Values,
        };
        natflow.Finish();
        return settings.Cluster.IsEnabled ? settings with { Workers = settings.Workers with { Shards = settings.Cluster.Shards } } : settings;
    }

    private static GatewaySettings BindGateway(SettingsSection gateway)
    {
        SettingsSection log = gateway.Section("log");
        var settings = new GatewaySettings
        {
            RunDirectory = AbsolutePath(gateway, "run-directory"),
            StateDirectory = AbsolutePath(gateway, "state-directory"),
            LogLevel = log.OneOf("level", ("error", LogLevel.Error), ("warning", LogLevel.Warning), ("info", LogLevel.Info), ("debug", LogLevel.Debug), ("trace", LogLevel.Trace)),
            LogFormat = log.OneOf("format", ("text", LogFormat.Text), ("json", LogFormat.Json)),
            RestartWindow = gateway.Duration("restart-window", "0s", "60s"),
            DrainTimeout = gateway.Duration("drain-timeout", "0s", "10m"),
        };
        log.Finish();
        gateway.Finish();
        return settings;
    }

    private static string AbsolutePath(SettingsSection section, string key) =>
        section.Value<string>(key, "an absolute path", SettingReaders.TryAbsolutePath, static path => path);

    private static WorkerSettings BindWorkers(SettingsSection workers, BindingLog log)
    {
        int count = workers.Whole("count", 1, 64);
        IReadOnlyList<ListElements.CpuElement> cpus = workers.List("cpus", (value, path) => ListElements.Cpu(value, path, log), static cpu => $"{cpu.Index}");
        int shards = workers.Whole("shards", 0, 256);
        workers.Finish();
        return new WorkerSettings { Count = count, Cpus = [.. cpus.Select(static cpu => cpu.Index)], Shards = shards == 0 ? count : shards };
    }

    private static Ipv6Settings BindIpv6(SettingsSection ipv6, BindingLog log)
    {
        SettingsSection nat66 = ipv6.Section("nat66");
        SettingsSection nat64 = ipv6.Section("nat64");
        bool isNat64 = nat64.Switch("enabled");
        IPNetwork prefix = nat64.Value<IPNetwork>("prefix", Nat64Expected, TryNat64Prefix, static network => network.ToString());
        var settings = new Ipv6Settings
        {
            Filter = ipv6.Switch("filter"),
            Nptv6 = ipv6.List("nptv6", (value, path) => ListElements.Nptv6(value, path, log), static pair => $"{pair.Inside} = {pair.Outside}"),
            Nat66 = new Nat66Settings(
                nat66.Switch("enabled"),
                nat66.List("outside", (value, path) => ListElements.AddressV6(value, path, log), static address => address.ToString())),
            Nat64Prefix = isNat64 ? prefix : null,
        };
        nat66.Finish();
        nat64.Finish();
        ipv6.Finish();
        return settings;
    }

    private static bool TryNat64Prefix(HoconValue value, out IPNetwork prefix) =>
        SettingReaders.TryPrefixV6(value, out prefix) && prefix.PrefixLength is 32 or 40 or 48 or 56 or 64 or 96;

    private static HelperSettings BindHelpers(SettingsSection helpers)
    {
        var settings = new HelperSettings(helpers.Switch("ftp"), helpers.Switch("sip"), helpers.Switch("tftp"));
        helpers.Finish();
        return settings;
    }

    private static PcpSettings BindPcp(SettingsSection pcp)
    {
        var settings = new PcpSettings
        {
            IsEnabled = pcp.Switch("enabled"),
            LifetimeMin = pcp.Duration("lifetime-min", "1s", "1d"),
            LifetimeMax = pcp.Duration("lifetime-max", "1s", "30d"),
            MappingsPerUser = pcp.Whole("mappings-per-user", 1, 1024),
            ThirdParty = pcp.Switch("third-party"),
        };
        pcp.Finish();
        return settings;
    }

    private static IcmpSettings BindIcmp(SettingsSection icmp)
    {
        SettingsSection generate = icmp.Section("generate");
        var settings = new IcmpSettings(generate.Switch("lan"), generate.Switch("wan"), icmp.Whole("rate-limit", 1, 1_000_000), icmp.Whole("rate-limit-per-user", 0, 1_000_000), icmp.Switch("answer-ping"));
        generate.Finish();
        icmp.Finish();
        return settings;
    }

    private static OffloadSettings BindOffload(SettingsSection offload)
    {
        var settings = new OffloadSettings(
            offload.OneOf("engine", ("none", OffloadEngine.None), ("xdp", OffloadEngine.Xdp), ("tc", OffloadEngine.Tc), ("flower", OffloadEngine.Flower)),
            offload.Whole("flows", 1024, 1 << 24),
            offload.Value<string>("pin-directory", "an absolute path, or \"\" for none", SettingReaders.TryOptionalPath, static path => path));
        offload.Finish();
        return settings;
    }

    private static UserSettings BindUsers(SettingsSection users)
    {
        var settings = new UserSettings(Rate(users, "rate-up"), Rate(users, "rate-down"), users.Duration("burst", "2ms", "1m"), users.Switch("join-by-mac"));
        users.Finish();
        return settings;
    }

    private static long Rate(SettingsSection section, string key) =>
        section.Value<long>(key, "a rate in bit/s from 8k to 400G, such as 10M or 2.5M, or 0 for no limit", SettingReaders.TryRate, static rate => rate.ToString(CultureInfo.InvariantCulture));

    private static CapacitySettings BindCapacity(SettingsSection capacity)
    {
        var settings = new CapacitySettings(
            capacity.Whole("flows", 1024, 1 << 28), capacity.Whole("users", 16, 1 << 24), capacity.Whole("fragments", 16, 1 << 20));
        capacity.Finish();
        return settings;
    }
}
