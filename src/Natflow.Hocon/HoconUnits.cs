using System.Collections.Frozen;
using System.Globalization;

namespace Natflow.Hocon;

/// <summary>Durations and sizes as text.</summary>
public static class HoconUnits
{
    private const long Second = 1_000_000_000;

    private static readonly FrozenDictionary<string, long> Durations = Names(
        (1, "ns nano nanos nanosecond nanoseconds"),
        (1_000, "us micro micros microsecond microseconds"),
        (1_000_000, " ms milli millis millisecond milliseconds"),
        (Second, "s second seconds"),
        (60 * Second, "m minute minutes"),
        (3600 * Second, "h hour hours"),
        (86400 * Second, "d day days"));

    private static readonly FrozenDictionary<string, decimal> Sizes = SizeNames();

    /// <summary>Nanoseconds of a text such as <c>250 ms</c>; without a unit it counts milliseconds.</summary>
    public static bool TryDuration(string text, out long nanoseconds) => TryScaled(text, Durations, out nanoseconds);

    /// <summary>Bytes of a text such as <c>512 MiB</c>; without a unit it counts bytes.</summary>
    public static bool TrySize(string text, out long bytes) => TryScaled(text, Sizes, out bytes) && bytes >= 0;

    // Decimal arithmetic: 28 digits hold every amount that fits the result exactly, and more is out of range anyhow.
    private static bool TryScaled<T>(string text, FrozenDictionary<string, T> units, out long amount)
        where T : struct, IConvertible
    {
        amount = 0;
        ReadOnlySpan<char> trimmed = text.AsSpan().Trim();
        int unitStart = trimmed.Length;
        while (unitStart > 0 && char.IsLetter(trimmed[unitStart - 1]))
            unitStart--;
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (!units.TryGetValue(trimmed[unitStart..].ToString(), out T factor)
            || !decimal.TryParse(trimmed[..unitStart].TrimEnd(), Style, CultureInfo.InvariantCulture, out decimal count))
        {
            return false;
        }

        decimal scale = factor.ToDecimal(CultureInfo.InvariantCulture);
        if (Math.Abs(count) > decimal.MaxValue / scale)
            return false;
        decimal scaled = decimal.Truncate(count * scale);
        if (scaled < long.MinValue || scaled > long.MaxValue)
            return false;
        amount = (long)scaled;
        return true;
    }

    // A leading space in a list of names makes the empty name, no unit at all, one of them.
    private static FrozenDictionary<string, long> Names(params (long Factor, string Names)[] rows) => rows
        .SelectMany(static row => row.Names.Split(' ').Select(name => KeyValuePair.Create(name, row.Factor)))
        .ToFrozenDictionary(StringComparer.Ordinal);

    private static FrozenDictionary<string, decimal> SizeNames()
    {
        var names = new Dictionary<string, decimal>(StringComparer.Ordinal) { [""] = 1, ["B"] = 1, ["b"] = 1, ["byte"] = 1, ["bytes"] = 1 };
        string[] decimals = ["kilo", "mega", "giga", "tera", "peta", "exa", "zetta", "yotta"];
        string[] binaries = ["kibi", "mebi", "gibi", "tebi", "pebi", "exbi", "zebi", "yobi"];
        decimal thousand = 1;
        decimal binary = 1;
        for (int i = 0; i < decimals.Length; i++)
        {
            thousand *= 1000;
            binary *= 1024;
            char upper = "KMGTPEZY"[i];
            char lower = char.ToLowerInvariant(upper);
            foreach (string name in new[] { $"{(i == 0 ? lower : upper)}B", $"{decimals[i]}byte", $"{decimals[i]}bytes" })
                names.Add(name, thousand);
            foreach (string name in new[] { $"{upper}", $"{lower}", $"{upper}i", $"{upper}iB", $"{binaries[i]}byte", $"{binaries[i]}bytes" })
                names.Add(name, binary);
        }

        return names.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
