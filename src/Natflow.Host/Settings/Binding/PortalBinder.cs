using System.Globalization;
using System.Net;
using Natflow.Hocon;
using Natflow.Policy.Auth;
using Natflow.Portal;
using Natflow.Portal.Logins;

namespace Natflow.Host.Settings.Binding;

/// <summary>Binds <c>natflow.portal</c>.</summary>
internal static class PortalBinder
{
    private const int TitleLengthMax = 80;
    private const int TermsLengthMax = 4000;
    private const int UrlLengthMax = 1000;
    private const int NameLengthMax = 180; // The API's URI fits the DHCPv4 option then (RFC 8910 section 2.1).
    private const long VolumeMax = 1L << 50;

    /// <summary>Binds it.</summary>
    /// <param name="portal">The section.</param>
    /// <param name="auth">Where users are sent to.</param>
    /// <param name="stateDirectory">Directory of what is kept.</param>
    /// <param name="log">Gets mistakes.</param>
    internal static PortalSettings Bind(SettingsSection portal, AuthModel auth, string stateDirectory, BindingLog log)
    {
        var settings = new PortalSettings
        {
            IsEnabled = portal.Switch("enabled"),
            Addresses = AddressesOf(auth),
            Port = portal.Whole("port", 0, ushort.MaxValue),
            TlsPort = portal.Whole("tls-port", 0, ushort.MaxValue),
            CertificatePath = portal.Value<string>("certificate", "an absolute path, or \"\"", SettingReaders.TryOptionalPath, static path => path) ?? "",
            KeyPath = portal.Value<string>("key", "an absolute path, or \"\"", SettingReaders.TryOptionalPath, static path => path) ?? "",
            Name = portal.Value<string>("name", $"a DNS name of at most {NameLengthMax} characters, or \"\"", TryName, static name => name) ?? "",
            Title = Text(portal, "title", TitleLengthMax),
            Terms = Text(portal, "terms", TermsLengthMax),
            LandingUrl = portal.Value<string>("landing-url", $"an http or https URL of at most {UrlLengthMax} characters, or \"\"", TryUrl, static url => url) ?? "",
            Methods = Methods(portal, log),
            UsersPath = portal.Value<string>("users", "an absolute path", SettingReaders.TryAbsolutePath, static path => path) ?? "/",
            VouchersPath = portal.Value<string>("vouchers", "an absolute path", SettingReaders.TryAbsolutePath, static path => path) ?? "/",
            StateDirectory = stateDirectory,
            Session = Session(portal.Section("session")),
            AttemptsPerMinute = portal.Whole("attempts-per-minute", 1, 1000),
            RequestsPerSecond = portal.Whole("requests-per-second", 1, 1000),
            Radius = RadiusBinder.Bind(portal.Section("radius"), log),
        };
        portal.Finish();
        return settings;
    }

    private static IReadOnlyList<IPAddress> AddressesOf(AuthModel auth) =>
        auth.RedirectIp6.Value == UInt128.Zero ? [Parse(auth.RedirectIp)] : [Parse(auth.RedirectIp), Parse(auth.RedirectIp6)];

    private static IPAddress Parse(Policy.IpAddress address) => IPAddress.Parse(address.ToString());

    private static string Text(SettingsSection section, string key, int lengthMax) => section.Value<string>(
        key,
        $"a text of at most {lengthMax} characters",
        (HoconValue value, out string text) =>
        {
            bool isText = HoconConvert.TryString(value, out string? given) && given.Length <= lengthMax && !given.Any(static unit => char.IsControl(unit) && unit != '\n');
            text = isText ? given! : "";
            return isText;
        },
        static text => text.ReplaceLineEndings(" ")) ?? "";

    private static bool TryName(HoconValue value, out string name)
    {
        bool isText = HoconConvert.TryString(value, out string? text) && text.Length <= NameLengthMax
            && (text.Length == 0 || (Uri.CheckHostName(text) == UriHostNameType.Dns && text.All(static unit => char.IsAsciiLetterOrDigit(unit) || unit is '-' or '.')));
        name = isText ? text! : "";
        return isText;
    }

    private static bool TryUrl(HoconValue value, out string url)
    {
        bool isUrl = HoconConvert.TryString(value, out string? text) && (text.Length == 0 || PolicyBinder.IsWebUrl(text, UrlLengthMax));
        url = isUrl ? text! : "";
        return isUrl;
    }

    private static LoginMethod[] Methods(SettingsSection portal, BindingLog log)
    {
        (string Word, LoginMethod Value)[] words = [("click", LoginMethod.Click), ("voucher", LoginMethod.Voucher), ("password", LoginMethod.Password), ("radius", LoginMethod.Radius)];
        var seen = new HashSet<LoginMethod>();
        IReadOnlyList<object> methods = portal.List<object>(
            "methods",
            (value, path) =>
            {
                bool isMethod = SettingReaders.OneOf(words)(value, out LoginMethod method);
                if (isMethod && seen.Add(method))
                    return method;
                log.Error(value.Location, path, $"expected {SettingReaders.InWords(words)}, each once, not {SettingsSection.Given(value)}");
                return null;
            },
            method => SettingReaders.WordOf(words)((LoginMethod)method));
        return [.. methods.Cast<LoginMethod>()];
    }

    private static SessionGrant Session(SettingsSection session)
    {
        var grant = new SessionGrant
        {
            Seconds = (long)session.Duration("time", "0s", "3650d").TotalSeconds,
            IdleSeconds = (long)session.Duration("idle", "0s", "3650d").TotalSeconds,
            VolumeBytes = (ulong)session.Value<long>("volume", "a size up to 1PiB, such as 5G, or 0", TryVolume, static bytes => bytes.ToString(CultureInfo.InvariantCulture)),
            UpBitsPerSecond = Rate(session, "rate-up"),
            DownBitsPerSecond = Rate(session, "rate-down"),
            DeviceCount = (ushort)session.Whole("devices", 0, 64),
        };
        session.Finish();
        return grant;
    }

    private static bool TryVolume(HoconValue value, out long bytes)
    {
        bool isSize = HoconConvert.TrySize(value, out long size) && size is >= 0 and <= VolumeMax;
        bytes = isSize ? size : 0;
        return isSize;
    }

    private static long Rate(SettingsSection section, string key) => section.Value<long>(
        key, "a rate in bit/s from 8k to 400G, such as 10M or 2.5M, or 0 for none", SettingReaders.TryRate, static rate => rate.ToString(CultureInfo.InvariantCulture));
}
