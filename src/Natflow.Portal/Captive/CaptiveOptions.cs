using System.Globalization;
using System.Text;

namespace Natflow.Portal.Captive;

/// <summary>
/// How clients learn of the API before any page (RFC 8910): option 114 of DHCPv4, option 103 of DHCPv6, option 37 of router advertisements. Natflow serves neither; an
/// operator's DHCP server and radvd do, with these values.
/// </summary>
public static class CaptiveOptions
{
    /// <summary>DHCPv4 option code (section 2.1).</summary>
    public const byte Dhcp4Code = 114;

    /// <summary>DHCPv6 option code (section 2.2).</summary>
    public const ushort Dhcp6Code = 103;

    /// <summary>Router advertisement option type (section 2.3).</summary>
    public const byte AdvertisementType = 37;

    /// <summary>Says that nobody is captive here (section 2).</summary>
    public const string Unrestricted = "urn:ietf:params:capport:unrestricted";

    /// <summary>Longest URI that all three carry: DHCPv4 counts it in one byte (section 2.1).</summary>
    public const int UriBytesMax = 255;

    /// <summary>The path of the API on the portal.</summary>
    public const string ApiPath = "/captive-portal/api";

    /// <summary>What hosts are told.</summary>
    /// <param name="settings">The portal.</param>
    /// <returns>The API's URI; <see cref="Unrestricted"/> without a portal; null where the portal has no TLS or no name, for the API must not be had without (RFC 8908 section 4).</returns>
    public static string? UriOf(PortalSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (!settings.IsEnabled)
            return Unrestricted;
        if (!settings.IsTls || settings.Name.Length == 0)
            return null;
        return settings.TlsPort == 443
            ? $"https://{settings.Name}{ApiPath}"
            : string.Create(CultureInfo.InvariantCulture, $"https://{settings.Name}:{settings.TlsPort}{ApiPath}");
    }

    /// <summary>The DHCPv4 option whole: code, length, URI.</summary>
    public static byte[] Dhcp4(string uri)
    {
        byte[] text = Bytes(uri);
        return [Dhcp4Code, (byte)text.Length, .. text];
    }

    /// <summary>The DHCPv6 option whole: code and length of 16 bits each, URI.</summary>
    public static byte[] Dhcp6(string uri)
    {
        byte[] text = Bytes(uri);
        return [Dhcp6Code >> 8, Dhcp6Code & 0xFF, (byte)(text.Length >> 8), (byte)text.Length, .. text];
    }

    /// <summary>The router advertisement option whole: type, length in units of eight bytes, URI, zeros up to a whole unit.</summary>
    public static byte[] Advertisement(string uri)
    {
        byte[] text = Bytes(uri);
        int units = (2 + text.Length + 7) / 8;
        byte[] option = new byte[units * 8];
        option[0] = AdvertisementType;
        option[1] = (byte)units;
        text.CopyTo(option, 2);
        return option;
    }

    private static byte[] Bytes(string uri)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(uri);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, UriBytesMax, nameof(uri));
        return bytes;
    }
}
