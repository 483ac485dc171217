using System.Net;
using Natflow.Core;
using Natflow.Hocon;
using Natflow.Portal.Radius;

namespace Natflow.Host.Settings.Binding;

/// <summary>Binds <c>natflow.portal.radius</c>. Secrets are in no listing.</summary>
internal static class RadiusBinder
{
    private const int ServersMax = 8;
    private const int SecretLengthMin = 8;
    private const int SecretLengthMax = 128;
    private const int NameLengthMax = 64;
    private const ushort LoginPort = 1812;
    private const ushort AccountingPort = 1813;
    private const string AddressExpected = "an IPv4 address, or an IPv6 address in quotes";

    /// <summary>Binds it.</summary>
    internal static RadiusSettings Bind(SettingsSection radius, BindingLog log)
    {
        SettingsSection dynamic = radius.Section("dynamic");
        IPAddress? listen = dynamic.Value<IPAddress?>("address", $"{AddressExpected}, or \"\"", TryOptionalAddress, static address => address?.ToString() ?? "");
        int port = dynamic.Whole("port", 1, ushort.MaxValue);
        var settings = new RadiusSettings
        {
            Servers = Servers(radius, "servers", LoginPort, log),
            Accounting = Servers(radius, "accounting", AccountingPort, log),
            IsChap = radius.OneOf("protocol", ("pap", false), ("chap", true)),
            Timeout = radius.Duration("timeout", "100ms", "30s"),
            Tries = radius.Whole("tries", 1, 10),
            NasIdentifier = radius.Value<string>("nas-identifier", $"1 to {NameLengthMax} characters", TryName, static name => name) ?? "natflow",
            Interim = radius.Duration("interim", "1m", "1d"),
            RequiresMessageAuthenticator = radius.Switch("require-message-authenticator"),
            DynamicAuthorization = listen is null ? null : new IPEndPoint(listen, port),
            DynamicClients = Servers(dynamic, "clients", 0, log),
        };
        dynamic.Finish();
        radius.Finish();
        return settings;
    }

    private static IReadOnlyList<RadiusServer> Servers(SettingsSection section, string key, ushort portDefault, BindingLog log)
    {
        IReadOnlyList<RadiusServer> servers = section.List(key, (value, path) => Server(value, path, portDefault, log), static server => $"{server.EndPoint}");
        if (servers.Count > ServersMax)
            log.Error(default, section.Path.Child(key), $"expected at most {ServersMax}, not {servers.Count}");
        return servers;
    }

    private static RadiusServer? Server(HoconValue value, HoconPath path, ushort portDefault, BindingLog log)
    {
        if (value is not HoconObject fields)
        {
            log.Error(value.Location, path, $"expected an object such as {{ address = 192.0.2.1, secret = \"...\" }}, not {SettingsSection.Given(value)}");
            return null;
        }

        var element = SettingsSection.Element(fields, path, log);
        IPAddress address = element.Value<IPAddress>("address", AddressExpected, TryAddress, static known => known.ToString()) ?? IPAddress.Loopback;
        ushort port = portDefault == 0 ? (ushort)0 : element.Optional<ushort>("port", "a port from 1 to 65535", portDefault, SettingReaders.TryPort, static number => $"{number}");
        string secret = Secret(element, path, log);
        element.Finish();
        return new RadiusServer(new IPEndPoint(address, port), new RadiusSecret(secret));
    }

    // The message must not repeat what stands there.
    private static string Secret(SettingsSection element, HoconPath path, BindingLog log)
    {
        string secret = element.Value<string>("secret", "a text", static (HoconValue value, out string text) =>
        {
            bool isText = HoconConvert.TryString(value, out string? given);
            text = given ?? "";
            return isText;
        }, static _ => "") ?? "";
        if (secret.Length is >= SecretLengthMin and <= SecretLengthMax)
            return secret;
        log.Error(default, path.Child("secret"), $"expected {SecretLengthMin} to {SecretLengthMax} characters");
        return new string('x', SecretLengthMin);
    }

    private static bool TryAddress(HoconValue value, out IPAddress address)
    {
        bool isAddress = SettingReaders.TryAddress(value, out uint ipv4);
        address = isAddress ? IPAddress.Parse(Ipv4Prefix.ToText(ipv4)) : IPAddress.Loopback;
        return isAddress || SettingReaders.TryAddressV6(value, out address);
    }

    private static bool TryOptionalAddress(HoconValue value, out IPAddress? address)
    {
        address = null;
        if (HoconConvert.TryString(value, out string? text) && text.Length == 0)
            return true;
        bool isAddress = TryAddress(value, out IPAddress known);
        address = known;
        return isAddress;
    }

    private static bool TryName(HoconValue value, out string name)
    {
        bool isName = HoconConvert.TryString(value, out string? text) && text.Length is >= 1 and <= NameLengthMax && text.All(static unit => unit is >= ' ' and < '\u007f');
        name = isName ? text! : "";
        return isName;
    }
}
