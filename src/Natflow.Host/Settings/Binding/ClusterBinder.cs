using System.Globalization;
using System.Net;
using Natflow.Cluster.Replication;
using Natflow.Hocon;
using Natflow.Policy;

namespace Natflow.Host.Settings.Binding;

/// <summary>Binds <c>natflow.cluster</c>.</summary>
internal static class ClusterBinder
{
    private const string NameExpected = "a name of letters, digits, dots and dashes, 1 to 63 characters";

    /// <summary>Binds the section.</summary>
    internal static ClusterSettings Bind(SettingsSection cluster, BindingLog log)
    {
        SettingsSection etcd = cluster.Section("etcd");
        SettingsSection tls = cluster.Section("tls");
        var settings = new ClusterSettings
        {
            IsEnabled = cluster.Switch("enabled"),
            Name = cluster.Value<string>("name", NameExpected, TryName, static name => name),
            Node = cluster.Value<string>("node", NameExpected, TryName, static name => name),
            Weight = cluster.Whole("weight", 1, 1000),
            Shards = cluster.Whole("shards", 1, 256),
            Lease = cluster.Duration("lease", "1s", "60s"),
            LeaseMargin = cluster.Duration("lease-margin", "10ms", "10s"),
            Etcd = BindEtcd(etcd, log),
            Replication = cluster.Value<IPEndPoint>("replication", "an IPv4 address and port such as \"192.0.2.1:7411\"", TryEndpoint, static endpoint => endpoint.ToString()),
            Tls = BindTls(tls, log),
            FlowAge = cluster.Duration("flow-age", "0s", "60s"),
            HasVirtualMac = cluster.Switch("virtual-mac"),
            Addresses = cluster.List("addresses", (value, path) => Address(value, path, log), static address => $"{address.Interface} {address.Address} shard {address.Shard}"),
        };
        etcd.Finish();
        tls.Finish();
        cluster.Finish();
        return settings;
    }

    private static ClusterEtcdSettings BindEtcd(SettingsSection etcd, BindingLog log) => new(
        [.. etcd.List("endpoints", (value, path) => Endpoint(value, path, log), static endpoint => endpoint.ToString())],
        Text(etcd, "user"),
        Text(etcd, "password"),
        Path(etcd, "ca-file"),
        Path(etcd, "certificate-file"),
        Path(etcd, "key-file"),
        etcd.Duration("timeout", "100ms", "10s"));

    // All three, or none.
    private static ReplicationTlsSettings? BindTls(SettingsSection tls, BindingLog log)
    {
        string[] files = [Path(tls, "ca-file"), Path(tls, "certificate-file"), Path(tls, "key-file")];
        int count = files.Count(static file => !string.IsNullOrEmpty(file)); // Null where the key is missing.
        if (count is not (0 or 3))
            log.Error(default, tls.Path, "expected ca-file, certificate-file and key-file, or none of them");
        return count == 3 ? new ReplicationTlsSettings(files[0], files[1], files[2]) : null;
    }

    private static string Text(SettingsSection section, string key) =>
        section.Value<string>(key, "a text, \"\" for none", static (HoconValue value, out string text) => HoconConvert.TryString(value, out text!), static text => text.Length == 0 ? string.Empty : "(set)");

    private static string Path(SettingsSection section, string key) =>
        section.Value<string>(key, "an absolute path, or \"\" for none", SettingReaders.TryOptionalPath, static path => path);

    private static Uri? Endpoint(HoconValue value, HoconPath path, BindingLog log)
    {
        if (HoconConvert.TryString(value, out string? text) && Uri.TryCreate(text, UriKind.Absolute, out Uri? endpoint) && endpoint.Scheme is "http" or "https")
            return endpoint;
        log.Error(value.Location, path, $"expected a URL such as \"http://192.0.2.1:2379\", not {SettingsSection.Given(value)}");
        return null;
    }

    private static VirtualAddressSettings? Address(HoconValue value, HoconPath path, BindingLog log)
    {
        if (value is not HoconObject fields)
        {
            log.Error(value.Location, path, $"expected an object such as {{ interface = wan0, address = 203.0.113.1, shard = 0 }}, not {SettingsSection.Given(value)}");
            return null;
        }

        var element = SettingsSection.Element(fields, path, log);
        var address = new VirtualAddressSettings(
            element.Value<string>("interface", "the name of an interface", SettingReaders.TryInterface, static name => name),
            element.Value<IpAddress>("address", "an IPv4 or IPv6 address of one host", TryHost, static address => address.ToString()),
            element.Optional("shard", "a whole number from 0 to 255", 0, static (HoconValue number, out int shard) => SettingReaders.TryWhole(number, 0, 255, out shard), static shard => shard.ToString(CultureInfo.InvariantCulture)));
        element.Finish();
        return address;
    }

    private static bool TryName(HoconValue value, out string name)
    {
        bool isName = HoconConvert.TryString(value, out string? text) && text.Length is >= 1 and <= 63 && text.All(static unit => char.IsAsciiLetterOrDigit(unit) || unit is '-' or '.');
        name = isName ? text! : string.Empty;
        return isName;
    }

    private static bool TryHost(HoconValue value, out IpAddress address)
    {
        address = default;
        return HoconConvert.TryString(value, out string? text) && IpAddress.TryParse(text, out address) && address.Value != UInt128.Zero
            && (address.IsIpv6 ? address.Value >> 120 != byte.MaxValue : (uint)address.Value >> 28 < 0xE);
    }

    private static bool TryEndpoint(HoconValue value, out IPEndPoint endpoint)
    {
        bool isEndpoint = HoconConvert.TryString(value, out string? text) & IPEndPoint.TryParse(text ?? string.Empty, out IPEndPoint? parsed) && parsed!.Port != 0;
        endpoint = parsed ?? new IPEndPoint(IPAddress.Loopback, 0);
        return isEndpoint;
    }
}
