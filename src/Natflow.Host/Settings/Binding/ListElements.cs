using System.Net;
using Natflow.Core;
using Natflow.Hocon;

namespace Natflow.Host.Settings.Binding;

/// <summary>Elements of the lists under <c>natflow.nat</c> and <c>natflow.ipv6</c>. Each notes its mistakes and answers null for them.</summary>
internal static class ListElements
{
    private const string AddressExpected = "an IPv4 address such as 192.168.1.5";
    private const string PrefixExpected = "an IPv4 prefix such as 192.168.1.0/24, host bits zero";
    private const string PrefixV6Expected = "an IPv6 prefix in quotes such as \"2001:db8::/48\", host bits zero";

    private static readonly PortRange AllPorts = new(1, ushort.MaxValue);

    /// <summary>A prefix, as an object because a list's elements are.</summary>
    internal sealed record PrefixElement(Ipv4Prefix Value, string Text);

    /// <summary>An IPv6 prefix.</summary>
    internal sealed record PrefixV6Element(IPNetwork Value);

    /// <summary>A CPU.</summary>
    internal sealed record CpuElement(int Index);

    internal static PrefixElement? Prefix(HoconValue value, HoconPath path, BindingLog log)
    {
        if (SettingReaders.TryPrefix(value, out Ipv4Prefix prefix))
            return new PrefixElement(prefix, prefix.ToString());
        Wrong(value, path, PrefixExpected, log);
        return null;
    }

    internal static PrefixV6Element? PrefixV6(HoconValue value, HoconPath path, BindingLog log)
    {
        if (SettingReaders.TryPrefixV6(value, out IPNetwork prefix))
            return new PrefixV6Element(prefix);
        Wrong(value, path, PrefixV6Expected, log);
        return null;
    }

    internal static IPAddress? AddressV6(HoconValue value, HoconPath path, BindingLog log)
    {
        if (SettingReaders.TryAddressV6(value, out IPAddress address))
            return address;
        Wrong(value, path, "an IPv6 address in quotes", log);
        return null;
    }

    internal static CpuElement? Cpu(HoconValue value, HoconPath path, BindingLog log)
    {
        if (SettingReaders.TryWhole(value, 0, 1023, out int cpu))
            return new CpuElement(cpu);
        Wrong(value, path, "a CPU from 0 to 1023", log);
        return null;
    }

    internal static ExemptSettings? Exempt(HoconValue value, HoconPath path, BindingLog log)
    {
        if (Element(value, path, log, "{ to = 10.0.0.0/8 }") is not { } element)
            return null;
        (string Word, byte? Value)[] protocols = [("any", null), ("tcp", IpProtocol.Tcp), ("udp", IpProtocol.Udp)];
        var exempt = new ExemptSettings(
            element.Value<Ipv4Prefix>("to", PrefixExpected, SettingReaders.TryPrefix, static prefix => prefix.ToString()),
            element.Optional("protocol", SettingReaders.InWords(protocols), null, SettingReaders.OneOf(protocols), SettingReaders.WordOf(protocols)),
            element.Optional(
                "ports",
                "a port or a range such as 8000-8099, within 1-65535",
                AllPorts,
                static (HoconValue range, out PortRange ports) => SettingReaders.TryPortRange(range, 1, out ports),
                static range => range.ToString()));
        element.Finish();
        return exempt;
    }

    internal static StaticNatSettings? Static(HoconValue value, HoconPath path, BindingLog log)
    {
        if (Element(value, path, log, "{ inside = 192.168.1.5, outside = 203.0.113.5 }") is not { } element)
            return null;
        var pair = new StaticNatSettings(Address(element, "inside"), Address(element, "outside"));
        element.Finish();
        return pair;
    }

    internal static PortForwardSettings[]? PortForwards(HoconValue value, HoconPath path, BindingLog log)
    {
        if (Element(value, path, log, "{ protocol = tcp, port = 443, to = 192.168.1.5 }") is not { } element)
            return null;
        (string Word, byte[] Value)[] protocols = [("tcp", [IpProtocol.Tcp]), ("udp", [IpProtocol.Udp]), ("both", [IpProtocol.Tcp, IpProtocol.Udp])];
        byte[] chosen = element.Optional("protocol", SettingReaders.InWords(protocols), protocols[0].Value, SettingReaders.OneOf(protocols), SettingReaders.WordOf(protocols));
        ushort port = element.Value<ushort>("port", "a port from 1 to 65535", SettingReaders.TryPort, static number => $"{number}");
        uint? address = element.Optional<uint?>("address", AddressExpected, null, TryOptionalAddress, static _ => string.Empty);
        uint to = Address(element, "to");
        ushort toPort = element.Optional<ushort>("to-port", "a port from 1 to 65535", port, SettingReaders.TryPort, static number => $"{number}");
        int zone = element.Optional("zone", "a whole number from 0 to 65535", 0, static (HoconValue number, out int result) => SettingReaders.TryWhole(number, 0, ushort.MaxValue, out result), static number => $"{number}");
        element.Finish();
        return [.. chosen.Select(protocol => new PortForwardSettings(protocol, address, port, to, toPort, (ushort)zone))];
    }

    internal static Nptv6Settings? Nptv6(HoconValue value, HoconPath path, BindingLog log)
    {
        if (Element(value, path, log, "{ inside = \"fd00:1::/48\", outside = \"2001:db8:1::/48\" }") is not { } element)
            return null;
        var pair = new Nptv6Settings(PrefixV6(element, "inside"), PrefixV6(element, "outside"));
        element.Finish();
        if (!log.IsWrong(path.ToString()) && (pair.Inside.PrefixLength != pair.Outside.PrefixLength || pair.Inside.PrefixLength is < 1 or > 64))
            log.Error(value.Location, path, "expected two prefixes of the same length, 1 to 64");
        return pair;
    }

    internal static string Text(ExemptSettings exempt) => $"{exempt.Destination} protocol {exempt.Protocol?.ToString() ?? "any"} ports {exempt.Ports}";

    internal static string Text(StaticNatSettings pair) => $"{Ipv4Prefix.ToText(pair.InsideAddress)} = {Ipv4Prefix.ToText(pair.OutsideAddress)}";

    internal static string Text(PortForwardSettings forward)
    {
        string protocol = forward.Protocol == IpProtocol.Tcp ? "tcp" : "udp";
        string external = forward.ExternalAddress is { } address ? Ipv4Prefix.ToText(address) : "*";
        return $"{protocol} {external}:{forward.ExternalPort} to {Ipv4Prefix.ToText(forward.InsideAddress)}:{forward.InsidePort} zone {forward.Zone}";
    }

    private static bool TryOptionalAddress(HoconValue value, out uint? address)
    {
        bool isAddress = SettingReaders.TryAddress(value, out uint given);
        address = isAddress ? given : null;
        return isAddress;
    }

    private static uint Address(SettingsSection element, string key) =>
        element.Value<uint>(key, AddressExpected, SettingReaders.TryAddress, Ipv4Prefix.ToText);

    private static IPNetwork PrefixV6(SettingsSection element, string key) =>
        element.Value<IPNetwork>(key, PrefixV6Expected, SettingReaders.TryPrefixV6, static prefix => prefix.ToString());

    private static SettingsSection? Element(HoconValue value, HoconPath path, BindingLog log, string example)
    {
        if (value is HoconObject fields)
            return SettingsSection.Element(fields, path, log);
        Wrong(value, path, $"an object such as {example}", log);
        return null;
    }

    private static void Wrong(HoconValue value, HoconPath path, string expected, BindingLog log) =>
        log.Error(value.Location, path, $"expected {expected}, not {SettingsSection.Given(value)}");
}
