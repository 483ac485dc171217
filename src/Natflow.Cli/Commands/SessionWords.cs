using System.Globalization;

namespace Natflow.Cli.Commands;

/// <summary>Reads what a running session may use up from now on: <c>time=2h volume=5G devices=2 down=10M up=2M</c>.</summary>
internal static class SessionWords
{
    private const string Expected = "time=2h, volume=5G, devices=2, or down=10M and up=2M together are needed; 0 for no limit";

    /// <summary>Reads words.</summary>
    /// <param name="words">Each a key, = and a value.</param>
    /// <param name="query">The query of the control socket.</param>
    /// <returns>Null, or what is wrong.</returns>
    internal static string? TryRead(IReadOnlyList<string> words, out string query)
    {
        query = "";
        var parts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string word in words)
        {
            string[] pair = word.Split('=');
            if (pair.Length != 2 || Part(pair[0], pair[1]) is not { } part || !parts.TryAdd(pair[0], part))
                return $"'{word}': {Expected}";
        }

        if (parts.Count == 0 || parts.ContainsKey("down") != parts.ContainsKey("up"))
            return Expected;
        query = string.Join('&', parts.Values);
        return null;
    }

    private static string? Part(string key, string value) => key switch
    {
        "time" when TryScaled(value, [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400)], out long seconds) => Of("seconds", seconds),
        "volume" when TryScaled(value, [('k', 1L << 10), ('M', 1L << 20), ('G', 1L << 30), ('T', 1L << 40)], out long bytes) => Of("volume", bytes),
        "devices" when TryScaled(value, [], out long devices) => Of("devices", devices),
        "down" or "up" when UserCommandLine.TryRate(value, out long rate) => Of(key, rate),
        _ => null,
    };

    private static string Of(string name, long value) => string.Create(CultureInfo.InvariantCulture, $"{name}={value}");

    private static bool TryScaled(string text, ReadOnlySpan<(char Letter, long Factor)> units, out long number)
    {
        long factor = 1;
        foreach ((char letter, long known) in units)
        {
            if (text.EndsWith(letter))
                (factor, text) = (known, text[..^1]);
        }

        bool isNumber = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= long.MaxValue / factor;
        number = isNumber ? number * factor : 0;
        return isNumber;
    }
}
