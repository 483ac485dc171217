using System.Globalization;

namespace Natflow.Portal.Logins;

/// <summary>Reads what lines of users and vouchers grant: <c>time=8h idle=10m volume=5G down=10M up=2M devices=2</c>.</summary>
internal static class GrantText
{
    private const long SecondsMax = 10L * 365 * 86_400;

    /// <summary>Reads words.</summary>
    /// <param name="words">Each a key, = and a value.</param>
    /// <param name="grant">What they say.</param>
    /// <returns>Null, or what is wrong.</returns>
    internal static string? Read(ReadOnlySpan<string> words, out SessionGrant grant)
    {
        grant = SessionGrant.Unlimited;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string word in words)
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? word : word[..equals];
            string value = equals < 0 ? "" : word[(equals + 1)..];
            if (!seen.Add(key))
                return $"'{key}' stands twice";
            if (!TryApply(key, value, ref grant))
                return $"'{word}': expected time=8h, idle=10m, volume=5G, down=10M, up=2M or devices=2";
        }

        return null;
    }

    private static bool TryApply(string key, string value, ref SessionGrant grant)
    {
        switch (key)
        {
            case "time" when TrySeconds(value, out long seconds):
                grant = grant with { Seconds = seconds };
                return true;
            case "idle" when TrySeconds(value, out long idle):
                grant = grant with { IdleSeconds = idle };
                return true;
            case "volume" when TryNumber(value, 1024, ulong.MaxValue / 2, out ulong bytes):
                grant = grant with { VolumeBytes = bytes };
                return true;
            case "down" when TryRate(value, out long down):
                grant = grant with { DownBitsPerSecond = down };
                return true;
            case "up" when TryRate(value, out long up):
                grant = grant with { UpBitsPerSecond = up };
                return true;
            case "devices" when ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ushort devices) && devices != 0:
                grant = grant with { DeviceCount = devices };
                return true;
            default:
                return false;
        }
    }

    private static bool TryRate(string text, out long rate)
    {
        bool isRate = TryNumber(text, 1000, Flows.Users.PolicyLimits.RateMax, out ulong number) && number >= Flows.Users.PolicyLimits.RateMin;
        rate = isRate ? (long)number : 0;
        return isRate;
    }

    private static bool TrySeconds(string text, out long seconds)
    {
        seconds = 0;
        if (text.Length < 2)
            return false;
        long unit = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86_400, _ => 0 };
        bool isTime = unit != 0 && long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out seconds) && seconds is > 0 and <= SecondsMax;
        seconds = isTime && seconds * unit <= SecondsMax ? seconds * unit : 0;
        return seconds != 0;
    }

    private static bool TryNumber(string text, ulong step, ulong max, out ulong number)
    {
        number = 0;
        if (text.Length == 0)
            return false;
        ulong unit = text[^1] switch { 'k' => step, 'M' => step * step, 'G' => step * step * step, 'T' => step * step * step * step, _ => 1 };
        ReadOnlySpan<char> digits = unit == 1 ? text : text.AsSpan(0, text.Length - 1);
        bool isNumber = ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number != 0 && number <= max / unit;
        number = isNumber ? number * unit : 0;
        return isNumber;
    }
}
