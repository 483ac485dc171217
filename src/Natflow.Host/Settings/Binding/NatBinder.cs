using Natflow.Flows;
using Natflow.Hocon;

namespace Natflow.Host.Settings.Binding;

/// <summary>Binds <c>natflow.nat</c>.</summary>
internal static class NatBinder
{
    private static readonly (string Word, FilteringMode Value)[] Filterings =
    [
        ("endpoint-independent", FilteringMode.EndpointIndependent),
        ("address-dependent", FilteringMode.AddressDependent),
        ("address-and-port-dependent", FilteringMode.AddressAndPortDependent),
    ];

    /// <summary>Binds the section.</summary>
    internal static NatRuleSettings Bind(SettingsSection nat, BindingLog log)
    {
        IReadOnlyList<uint>? publicAddresses = PublicAddresses.Read(nat, log);
        SettingsSection filtering = nat.Section("filtering");
        var settings = new NatRuleSettings
        {
            PublicIsInterface = publicAddresses is null,
            PublicAddresses = publicAddresses ?? [],
            LanPrefixes = [.. nat.List("lan-prefixes", (value, path) => ListElements.Prefix(value, path, log), static prefix => prefix.Text).Select(static prefix => prefix.Value)],
            Ports = nat.Value(
                "ports",
                "a range of ports such as 1024-32767, within 1024-65535",
                static (HoconValue value, out PortRange range) => SettingReaders.TryPortRange(value, 1024, out range),
                static range => range.ToString()),
            Log = nat.OneOf("log", ("block", NatLogMode.Block), ("session", NatLogMode.Session), ("deterministic", NatLogMode.Deterministic)),
            DeterministicBlocks = nat.Whole("deterministic-blocks", 1, 64),
            PortBlockSize = nat.PowerOfTwo("port-block-size", 64, 4096),
            BlocksPerUser = nat.Whole("blocks-per-user", 1, 1024),
            FlowsPerUser = nat.Whole("flows-per-user", 1, 1 << 24),
            MappingsPerSecondPerUser = nat.Whole("mappings-per-second-per-user", 0, 1_000_000),
            PortBlockHold = nat.Duration("port-block-hold", "0s", "1h"),
            UserIdle = nat.Duration("user-idle", "1s", "7d"),
            Mapping = nat.OneOf(
                "mapping",
                ("endpoint-independent", MappingMode.EndpointIndependent),
                ("address-and-port-dependent", MappingMode.AddressAndPortDependent)),
            UdpFiltering = filtering.OneOf("udp", Filterings),
            TcpFiltering = filtering.OneOf("tcp", Filterings),
            PortParity = nat.Switch("port-parity"),
            RefuseUnsolicitedSyn = nat.Switch("refuse-unsolicited-syn"),
            TcpPickUp = nat.Switch("tcp-pick-up"),
            UdpInboundRefresh = nat.Switch("udp-inbound-refresh"),
            Exempt = nat.List("exempt", (value, path) => ListElements.Exempt(value, path, log), ListElements.Text),
            Static = nat.List("static", (value, path) => ListElements.Static(value, path, log), ListElements.Text),
            PortForwards = [.. nat.List("port-forwards", (value, path) => ListElements.PortForwards(value, path, log), static pair => string.Join(", ", pair.Select(ListElements.Text))).SelectMany(static pair => pair)],
            Timeouts = TimeoutsBinder.Bind(nat.Section("timeouts"), log),
        };
        filtering.Finish();
        nat.Finish();
        return settings;
    }
}
