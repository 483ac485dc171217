using System.Buffers;
using System.Text;

namespace Natflow.Inspect.Domains;

/// <summary>Brings a name from the wire into the one form in which names are logged and compared.</summary>
public static class HostName
{
    /// <summary>The longest normalised name in bytes (RFC 1035 section 2.3.4, without the root's byte).</summary>
    public const int BytesMax = 253;

    private const int LabelBytesMax = 63;
    private const int PortMax = 65535;

    private static readonly SearchValues<byte> Letters = SearchValues.Create("-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);
    private static readonly SearchValues<byte> LettersWithUnderscore =
        SearchValues.Create("-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Normalises a name: port and one trailing dot removed, lower case, each label 1 to 63 bytes without a hyphen at either end.</summary>
    /// <param name="raw">Any bytes.</param>
    /// <param name="rules">What else a name may hold.</param>
    /// <param name="destination">At least <see cref="BytesMax"/> bytes.</param>
    /// <param name="length">Bytes written; 0 when it is no host name.</param>
    /// <returns>False when it is no host name: an IPv6 literal, a blank, a byte beyond ASCII, a label too long.</returns>
    public static bool TryNormalize(ReadOnlySpan<byte> raw, HostNameRules rules, Span<byte> destination, out int length)
    {
        length = 0;
        if ((rules & HostNameRules.WithPort) != HostNameRules.Strict && !TryCutPort(ref raw))
            return false;
        if (raw.Length != 0 && raw[^1] == (byte)'.')
            raw = raw[..^1];
        if (raw.Length is 0 or > BytesMax)
            return false;

        bool underscore = (rules & HostNameRules.WithUnderscore) != HostNameRules.Strict;
        if (raw.ContainsAnyExcept(underscore ? LettersWithUnderscore : Letters))
            return false;
        _ = Ascii.ToLower(raw, destination, out length);
        if (AreLabels(destination[..length]))
            return true;
        length = 0;
        return false;
    }

    private static bool AreLabels(ReadOnlySpan<byte> name)
    {
        while (true)
        {
            int dot = name.IndexOf((byte)'.');
            ReadOnlySpan<byte> label = dot < 0 ? name : name[..dot];
            if (label.Length is 0 or > LabelBytesMax || label[0] == (byte)'-' || label[^1] == (byte)'-')
                return false;
            if (dot < 0)
                return true;
            name = name[(dot + 1)..];
        }
    }

    // One colon at most, neither first nor last; digits alone behind it.
    private static bool TryCutPort(ref ReadOnlySpan<byte> host)
    {
        int colon = host.IndexOf((byte)':');
        if (colon < 0)
            return true;
        ReadOnlySpan<byte> digits = host[(colon + 1)..];
        if (colon == 0 || digits.IsEmpty)
            return false;

        int port = 0;
        foreach (byte digit in digits)
        {
            if ((uint)(digit - '0') > 9)
                return false;
            port = Math.Min((port * 10) + digit - '0', PortMax + 1);
        }

        host = host[..colon];
        return port <= PortMax;
    }
}
