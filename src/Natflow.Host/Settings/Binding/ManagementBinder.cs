using System.Net;
using Natflow.Hocon;
using Natflow.Management.Api;
using Natflow.Management.Api.Access;

namespace Natflow.Host.Settings.Binding;

/// <summary>Binds <c>natflow.management</c>.</summary>
internal static class ManagementBinder
{
    private const string PathExpected = "an absolute path, or \"\"";

    /// <summary>Binds it.</summary>
    /// <param name="management">The section.</param>
    /// <param name="stateDirectory">Directory of a self-signed certificate.</param>
    internal static ApiSettings Bind(SettingsSection management, string stateDirectory)
    {
        SettingsSection http = management.Section("http");
        var settings = new ApiSettings
        {
            IsEnabled = http.Switch("enabled"),
            Address = http.Value<IPAddress>("address", "an IPv4 address, or an IPv6 address in quotes", TryAddress, static address => address.ToString()) ?? IPAddress.Loopback,
            Port = http.Whole("port", 0, ushort.MaxValue),
            IsTlsWanted = http.OneOf("tls", ("auto", false), ("on", true)),
            LoopbackRole = http.OneOf(
                "loopback-role", ("none", ApiRole.None), ("viewer", ApiRole.Viewer), ("operator", ApiRole.Operator), ("auditor", ApiRole.Auditor), ("admin", ApiRole.Admin)),
            TokensPath = OptionalPath(http, "tokens"),
            CertificatePath = OptionalPath(http, "certificate"),
            KeyPath = OptionalPath(http, "key"),
            RequestsPerSecond = http.Whole("rate-limit", 1, 100_000),
            StateDirectory = stateDirectory,
        };
        http.Finish();
        management.Finish();
        return settings;
    }

    private static string OptionalPath(SettingsSection section, string key) =>
        section.Value<string>(key, PathExpected, TryOptionalPath, static path => path) ?? string.Empty;

    private static bool TryOptionalPath(HoconValue value, out string path)
    {
        path = string.Empty;
        return (HoconConvert.TryString(value, out string? text) && text.Length == 0) || SettingReaders.TryAbsolutePath(value, out path);
    }

    private static bool TryAddress(HoconValue value, out IPAddress address)
    {
        bool isAddress = SettingReaders.TryAddress(value, out uint ipv4);
        address = isAddress ? IPAddress.Parse(Core.Ipv4Prefix.ToText(ipv4)) : IPAddress.Loopback;
        return isAddress || SettingReaders.TryAddressV6(value, out address);
    }
}
