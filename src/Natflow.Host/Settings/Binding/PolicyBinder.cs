using System.Globalization;
using Natflow.Flows.Users;
using Natflow.Gateway.Users;
using Natflow.Hocon;
using Natflow.Policy;
using Natflow.Policy.Acl;
using Natflow.Policy.Auth;
using Natflow.Policy.Control;
using Natflow.Policy.Qos;
using Natflow.Policy.Zones;

namespace Natflow.Host.Settings.Binding;

/// <summary>Binds the sections on users. Rules go through the control language, so that both ways of saying one accept the same and complain alike.</summary>
internal static class PolicyBinder
{
    private const int PortalUrlLengthMax = 400;
    private const string SetExpected = "the name of a set, 1 to 31 characters, or \"\"";

    /// <summary>Binds.</summary>
    internal static PolicySettings Bind(SettingsSection natflow, UserSettings users, BindingLog log)
    {
        var limits = new PolicyLimits(users.RateUp, users.RateDown, users.Burst);
        PolicyModels models = PolicyModels.Default with
        {
            Zones = Fold(natflow, "zones", ZoneModel.Empty, (value, path) => ZoneLine(value, path, log), ZoneControl.Apply, log),
            UserLimits = limits,
            Burst = users.Burst,
            JoinsByMac = users.JoinsByMac,
        };
        models = BindAuth(natflow.Section("auth"), models, log);
        models = BindQos(natflow.Section("qos"), models, log);
        models = BindAcl(natflow.Section("acl"), models, log);
        return new PolicySettings(models, SetsBinder.Bind(natflow, log));
    }

    private static PolicyModels BindAuth(SettingsSection auth, PolicyModels models, BindingLog log)
    {
        SettingsSection portal = auth.Section("portal");
        SettingsSection bypass = auth.Section("bypass");
        AuthModel model = AuthModel.Default with
        {
            IsDisabled = !auth.Switch("enabled"),
            NoFlowTimeoutSeconds = (uint)auth.Duration("no-flow-timeout", "1s", "30d").TotalSeconds,
            RedirectIp = portal.Value<IpAddress>("ipv4", "an IPv4 address", TryIpv4, static address => address.ToString()),
            RedirectIp6 = portal.Value<IpAddress>("ipv6", "an IPv6 address in quotes; \"::\" for the IPv4 portal", TryIpv6, static address => address.ToString()),
            RedirectUrl = portal.Value<string>("url", "an http or https URL of at most 400 characters, or \"\"", TryUrl, static url => url),
            RedirectsHttps = portal.Switch("https"),
            HttpsRedirectPort = portal.Value<ushort>("https-port", "a port from 1 to 65535", SettingReaders.TryPort, static port => $"{port}"),
            DestinationBypassSet = Text(bypass, "destinations", SetExpected),
            SourceBypassSet = Text(bypass, "sources", SetExpected),
        };
        model = Fold(auth, "rules", model, (value, path) => AuthLine(value, path, log), AuthControl.Apply, log);
        bool mayPass = auth.OneOf("unmatched", ("pass", true), ("drop", false));
        portal.Finish();
        bypass.Finish();
        auth.Finish();
        return models with { Auth = model, MayUnmatchedPass = mayPass };
    }

    private static PolicyModels BindQos(SettingsSection qos, PolicyModels models, BindingLog log)
    {
        SettingsSection line = qos.Section("line");
        QosModel model = QosModel.Empty with { ClassIdMode = qos.OneOf("mode", ("police", 0u), ("mark", 1u)) };
        model = Fold(qos, "rules", model, (value, path) => QosLine(value, path, log), QosControl.Apply, log);
        var shared = new LineModel(
            Rate(line, "rate-up"),
            Rate(line, "rate-down"),
            [.. line.List("weights", (value, path) => Weight(value, path, log), static weight => $"{weight.SourceSet} {weight.Weight}")]);
        line.Finish();
        qos.Finish();
        return models with { Qos = model, Line = shared };
    }

    private static PolicyModels BindAcl(SettingsSection acl, PolicyModels models, BindingLog log)
    {
        AclModel model = AclModel.Default with
        {
            DefaultAction = acl.OneOf("default", Actions),
            RedirectUrl = Text(acl, "redirect-url", "a URL of printable ASCII, or \"\""),
        };
        model = Fold(acl, "rules", model, (value, path) => AclLines(value, path, log), AclControl.Apply, log);
        AclOptions options = (acl.Switch("quic-unreachable") ? AclOptions.QuicUnreachable : AclOptions.None)
            | acl.OneOf("dns", ("pass", AclOptions.None), ("name-error", AclOptions.DnsNameError), ("portal", AclOptions.DnsPortal | AclOptions.DnsNameError));
        acl.Finish();
        return models with { Acl = model, AclOptions = options };
    }

    private static (string Word, AclAction Value)[] Actions =>
        [("accept", AclAction.Accept), ("drop", AclAction.Drop), ("reset", AclAction.Reset), ("redirect", AclAction.Redirect)];

    private static TModel Fold<TModel>(
        SettingsSection section, string key, TModel model, Func<HoconValue, HoconPath, string[]?> read, Func<TModel, string, ControlStep<TModel>> apply, BindingLog log)
        where TModel : class
    {
        section.List(
            key,
            (value, path) =>
            {
                string[]? lines = read(value, path);
                foreach (string line in lines ?? [])
                {
                    ControlStep<TModel> step = apply(model, line);
                    if (!step.Result.IsTaken)
                        log.Error(value.Location, path, step.Result.Error!);
                    model = step.Model;
                }

                return lines;
            },
            static lines => string.Join("; ", lines));
        return model;
    }

    private static string[]? ZoneLine(HoconValue value, HoconPath path, BindingLog log)
    {
        if (Element(value, path, log, "{ kind = lan, id = 0, interfaces = \"eth+\" }") is not { } element)
            return null;
        string kind = element.OneOf("kind", ("lan", "lan"), ("wan", "wan"));
        int id = element.Whole("id", 0, ZoneRule.IdMax);
        string line = string.Create(CultureInfo.InvariantCulture, $"{kind}_zone {id}={Text(element, "interfaces", "an interface, or a prefix and +")}");
        element.Finish();
        return [line];
    }

    private static string[]? AuthLine(HoconValue value, HoconPath path, BindingLog log)
    {
        if (Element(value, path, log, "{ id = 1, zone = 0, type = auto, sources = everyone }") is not { } element)
            return null;
        int id = element.Whole("id", 0, int.MaxValue);
        int zone = element.Whole("zone", 0, int.MaxValue);
        string type = element.OneOf("type", ("auto", "auto"), ("web", "web"));
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"auth id={id},szone={zone},type={type},sipgrp={Text(element, "sources", SetExpected)},ipwhite={OptionalText(element, "white-addresses", SetExpected)},macwhite={OptionalText(element, "white-macs", SetExpected)}");
        element.Finish();
        return [line];
    }

    private static string[]? QosLine(HoconValue value, HoconPath path, BindingLog log)
    {
        if (Element(value, path, log, "{ user = 10.0.0.0/24, rate-down = 10M, rate-up = 5M }") is not { } element)
            return null;
        const string AddressExpected = "an address, a net, a set or \"\"";
        const string PortExpected = "a port, a set or \"\"";
        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"add user={OptionalText(element, "user", AddressExpected)},user_port={OptionalText(element, "user-port", PortExpected)},remote={OptionalText(element, "remote", AddressExpected)},remote_port={OptionalText(element, "remote-port", PortExpected)},proto={OptionalText(element, "protocol", "tcp, udp or \"\"")},rxbytes={BytesOf(OptionalRate(element, "rate-down"))},txbytes={BytesOf(OptionalRate(element, "rate-up"))}");
        element.Finish();
        return [line];
    }

    private static string[]? AclLines(HoconValue value, HoconPath path, BindingLog log)
    {
        if (Element(value, path, log, "{ slot = 0, action = drop, hosts = [ example.com ] }") is not { } element)
            return null;
        int slot = element.Whole("slot", 0, AclEntry.SlotMax);
        int action = (int)element.OneOf("action", Actions);
        IReadOnlyList<string> hosts = element.List("hosts", (host, hostPath) => HostOf(host, hostPath, log), static host => host);
        element.Finish();
        return [.. hosts.Select(host => string.Create(CultureInfo.InvariantCulture, $"add acl={slot},{action},{host}"))];
    }

    private static string? HostOf(HoconValue value, HoconPath path, BindingLog log)
    {
        if (HoconConvert.TryString(value, out string? text) && AclHost.TryNormalise(text, out _))
            return text;
        log.Error(value.Location, path, $"expected a host name, not {SettingsSection.Given(value)}");
        return null;
    }

    private static ShareWeight? Weight(HoconValue value, HoconPath path, BindingLog log)
    {
        if (Element(value, path, log, "{ sources = office, weight = 4 }") is not { } element)
            return null;
        var weight = new ShareWeight(Text(element, "sources", SetExpected), (ushort)element.Whole("weight", 1, 1000));
        element.Finish();
        return weight;
    }

    private static uint BytesOf(long bitsPerSecond) => (uint)Math.Min(uint.MaxValue, (bitsPerSecond + 7) / 8);

    private static long Rate(SettingsSection section, string key) => section.Value<long>(key, RateExpected, SettingReaders.TryRate, RateText);

    private static long OptionalRate(SettingsSection section, string key) => section.Optional<long>(key, RateExpected, 0, SettingReaders.TryRate, RateText);

    private const string RateExpected = "a rate in bit/s from 8k to 400G, such as 10M or 2.5M, or 0 for none";

    private static string RateText(long rate) => rate.ToString(CultureInfo.InvariantCulture);

    private static string Text(SettingsSection section, string key, string expected) => section.Value<string>(key, expected, TryText, static text => text);

    private static string OptionalText(SettingsSection section, string key, string expected) => section.Optional(key, expected, "", TryText, static text => text);

    // Commas and control characters would end a field of the line that is made of it.
    private static bool TryText(HoconValue value, out string text)
    {
        bool isText = HoconConvert.TryString(value, out string? given) && !given.AsSpan().ContainsAny(",\n\r\t");
        text = isText ? given! : "";
        return isText;
    }

    // It becomes a header's value, with a query after it.
    private static bool TryUrl(HoconValue value, out string url)
    {
        bool isText = HoconConvert.TryString(value, out string? text);
        url = isText ? text! : "";
        return isText && (url.Length == 0 || IsWebUrl(url, PortalUrlLengthMax));
    }

    /// <summary>Whether a text is an http or https URL of printable ASCII without fragment.</summary>
    internal static bool IsWebUrl(string text, int lengthMax) => text.Length <= lengthMax && text.All(static unit => unit is > ' ' and < '\u007f' and not '#' and not '"')
        && Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" && uri.Host.Length != 0;

    private static bool TryIpv4(HoconValue value, out IpAddress address)
    {
        address = default;
        return HoconConvert.TryString(value, out string? text) && IpAddress.TryParse(text, out address) && !address.IsIpv6;
    }

    private static bool TryIpv6(HoconValue value, out IpAddress address)
    {
        address = default;
        return HoconConvert.TryString(value, out string? text) && IpAddress.TryParse(text, out address) && address.IsIpv6;
    }

    private static SettingsSection? Element(HoconValue value, HoconPath path, BindingLog log, string example)
    {
        if (value is HoconObject fields)
            return SettingsSection.Element(fields, path, log);
        log.Error(value.Location, path, $"expected an object such as {example}, not {SettingsSection.Given(value)}");
        return null;
    }
}
