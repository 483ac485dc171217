using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Natflow.Core;
using Natflow.Flows.Users;
using Natflow.Hocon;

namespace Natflow.Host.Settings.Binding;

/// <summary>Readers of single values.</summary>
internal static class SettingReaders
{
    /// <summary>A whole number in a range.</summary>
    internal static bool TryWhole(HoconValue value, int min, int max, out int number)
    {
        bool isWhole = HoconConvert.TryInt64(value, out long wide) && wide >= min && wide <= max;
        number = isWhole ? (int)wide : min;
        return isWhole;
    }

    /// <summary>A duration in a range; the ends are written as an operator would.</summary>
    internal static SettingReader<TimeSpan> Duration(string min, string max) => (HoconValue value, out TimeSpan duration) =>
    {
        bool isBounded = HoconUnits.TryDuration(min, out long least) & HoconUnits.TryDuration(max, out long most);
        bool isDuration = isBounded && HoconConvert.TryDuration(value, out long nanoseconds) && nanoseconds >= least && nanoseconds <= most;
        duration = TimeSpan.FromTicks((isDuration ? NanosecondsOf(value) : least) / TimeSpan.NanosecondsPerTick);
        return isDuration;
    };

    /// <summary>A duration in the one spelling.</summary>
    internal static string InMilliseconds(TimeSpan duration) => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds}ms");

    /// <summary>A rate in bit/s that a meter can hold: a number with k, M or G, decimal; 0 is no limit.</summary>
    internal static bool TryRate(HoconValue value, out long bitsPerSecond)
    {
        bitsPerSecond = 0;
        if (!HoconConvert.TryString(value, out string? text) || text.Length == 0)
            return false;
        decimal unit = text[^1] switch
        {
            'k' => 1e3m,
            'M' => 1e6m,
            'G' => 1e9m,
            _ => 1,
        };
        string digits = unit == 1 ? text : text[..^1].TrimEnd();
        if (!decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number) || number > PolicyLimits.RateMax)
            return false;
        decimal rate = number * unit;
        bitsPerSecond = rate <= PolicyLimits.RateMax ? (long)rate : -1;
        return rate == bitsPerSecond && bitsPerSecond is 0 or >= PolicyLimits.RateMin;
    }

    /// <summary>One of several words.</summary>
    internal static SettingReader<T> OneOf<T>((string Word, T Value)[] words) => (HoconValue value, out T result) =>
    {
        int index = HoconConvert.TryString(value, out string? text) ? Array.FindIndex(words, pair => pair.Word == text) : -1;
        result = words[Math.Max(index, 0)].Value;
        return index >= 0;
    };

    /// <summary>The word of a value.</summary>
    internal static Func<T, string> WordOf<T>((string Word, T Value)[] words) =>
        value => words.First(pair => EqualityComparer<T>.Default.Equals(pair.Value, value)).Word;

    /// <summary>The words in a sentence.</summary>
    internal static string InWords<T>((string Word, T Value)[] words) =>
        $"{string.Join(", ", words.SkipLast(1).Select(static pair => pair.Word))} or {words[^1].Word}";

    /// <summary>An absolute path.</summary>
    internal static bool TryAbsolutePath(HoconValue value, out string path)
    {
        bool isPath = HoconConvert.TryString(value, out string? text) && text.StartsWith('/') && !text.Contains('\0', StringComparison.Ordinal);
        path = isPath ? text! : "/";
        return isPath;
    }

    /// <summary>A path that begins at the root, or an empty string.</summary>
    internal static bool TryOptionalPath(HoconValue value, out string path)
    {
        path = string.Empty;
        return (HoconConvert.TryString(value, out string? text) && text.Length == 0) || TryAbsolutePath(value, out path);
    }

    /// <summary>A name that the kernel takes for an interface: 1 to 15 bytes without slash, colon or space.</summary>
    internal static bool TryInterface(HoconValue value, out string name)
    {
        bool isName = HoconConvert.TryString(value, out string? text) && text.Length is >= 1 and <= 15 && text is not ("." or "..")
            && text.All(static unit => unit is > ' ' and < '\u007f' and not '/' and not ':');
        name = isName ? text! : string.Empty;
        return isName;
    }

    /// <summary>An IPv4 address, host byte order.</summary>
    internal static bool TryAddress(HoconValue value, out uint address)
    {
        address = 0;
        return HoconConvert.TryString(value, out string? text) && Ipv4Prefix.TryParseAddress(text, out address);
    }

    /// <summary>An IPv4 prefix without host bits, or an address.</summary>
    internal static bool TryPrefix(HoconValue value, out Ipv4Prefix prefix)
    {
        prefix = default;
        return HoconConvert.TryString(value, out string? text) && Ipv4Prefix.TryParse(text, out prefix, out _);
    }

    /// <summary>An IPv6 prefix without host bits.</summary>
    internal static bool TryPrefixV6(HoconValue value, out IPNetwork prefix)
    {
        prefix = default;
        return HoconConvert.TryString(value, out string? text) && text.Contains('/', StringComparison.Ordinal)
            && IPNetwork.TryParse(text, out prefix) && prefix.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6;
    }

    /// <summary>An IPv6 address without a scope.</summary>
    internal static bool TryAddressV6(HoconValue value, out IPAddress address)
    {
        address = IPAddress.IPv6Any;
        if (!HoconConvert.TryString(value, out string? text) || text.Contains('%', StringComparison.Ordinal)
            || !IPAddress.TryParse(text, out IPAddress? parsed) || parsed.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return false;
        }

        address = parsed;
        return true;
    }

    /// <summary>A port.</summary>
    internal static bool TryPort(HoconValue value, out ushort port)
    {
        bool isPort = TryWhole(value, 1, ushort.MaxValue, out int number);
        port = (ushort)number;
        return isPort;
    }

    /// <summary><c>first-last</c> or one port, not below <paramref name="min"/>.</summary>
    internal static bool TryPortRange(HoconValue value, ushort min, out PortRange range)
    {
        range = new PortRange(min, ushort.MaxValue);
        if (!HoconConvert.TryString(value, out string? text))
            return false;
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        if (!TryPort(dash < 0 ? text : text[..dash], out ushort first) || !TryPort(dash < 0 ? text : text[(dash + 1)..], out ushort last)
            || first < min || last < first)
        {
            return false;
        }

        range = new PortRange(first, last);
        return true;
    }

    private static bool TryPort(string text, out ushort port) => ushort.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out port);

    private static long NanosecondsOf(HoconValue value) => HoconConvert.TryDuration(value, out long nanoseconds) ? nanoseconds : 0;
}
