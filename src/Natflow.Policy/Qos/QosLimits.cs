using System.Buffers;
using System.Globalization;
using Natflow.Flows.Users;

namespace Natflow.Policy.Qos;

/// <summary>Rates in the units of operators, as the meters hold them.</summary>
public static class QosLimits
{
    private const long BitsPerByte = 8;
    private const double BytesPerKilobit = 128;
    private const double BytesPerMegabit = BytesPerKilobit * 1024;
    private const double BytesPerGigabit = BytesPerMegabit * 1024;

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    /// <summary>Least rate above 0 that a meter holds, bytes a second.</summary>
    public const uint BytesPerSecondMin = (uint)(PolicyLimits.RateMin / BitsPerByte);

    /// <summary>
    /// The limits of a rule or user. A rate above 0 and below what a meter can hold is raised to that, never to none: in the original, less than one byte a clock
    /// tick meant unlimited.
    /// </summary>
    /// <param name="rxBytesPerSecond">Download; 0 is no limit.</param>
    /// <param name="txBytesPerSecond">Upload; 0 is no limit.</param>
    /// <param name="burst">Time at the rate that a silent user may send faster; brought into the range of a meter.</param>
    public static PolicyLimits Of(uint rxBytesPerSecond, uint txBytesPerSecond, TimeSpan burst) => new(
        UpBitsPerSecond: BitsOf(txBytesPerSecond),
        DownBitsPerSecond: BitsOf(rxBytesPerSecond),
        Burst: burst < PolicyLimits.BurstMin ? PolicyLimits.BurstMin : burst > PolicyLimits.BurstMax ? PolicyLimits.BurstMax : burst);

    /// <summary>The stricter of two limits, each direction for itself: a user's own and a rule's.</summary>
    public static PolicyLimits Stricter(in PolicyLimits one, in PolicyLimits other) => new(
        Stricter(one.UpBitsPerSecond, other.UpBitsPerSecond),
        Stricter(one.DownBitsPerSecond, other.DownBitsPerSecond),
        one.Burst < other.Burst ? one.Burst : other.Burst);

    /// <summary>
    /// Reads a rate as the configuration of the original has it: a decimal number and Gbps, Mbps, Kbps (binary: 1 Mbps is 131072 bytes a second), bps or nothing for bytes, in any case.
    /// </summary>
    /// <param name="text">The rate.</param>
    /// <param name="bytesPerSecond">On success. A rate above 0 never becomes 0.</param>
    /// <returns>False for what is no rate; the original took it for unlimited.</returns>
    public static bool TryParseRate(ReadOnlySpan<char> text, out uint bytesPerSecond)
    {
        bytesPerSecond = 0;
        text = text.Trim();
        int unitAt = text.IndexOfAnyExcept(NumberCharacters);
        ReadOnlySpan<char> number = unitAt < 0 ? text : text[..unitAt];
        double factor = FactorOf(unitAt < 0 ? [] : text[unitAt..].Trim());
        if (factor == 0 || !double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value))
            return false;
        double bytes = Math.Ceiling(value * factor);
        if (bytes > uint.MaxValue)
            return false;
        bytesPerSecond = (uint)bytes;
        return true;
    }

    private static double FactorOf(ReadOnlySpan<char> unit)
    {
        if (unit.IsEmpty)
            return 1;
        if (unit.Equals("gbps", StringComparison.OrdinalIgnoreCase))
            return BytesPerGigabit;
        if (unit.Equals("mbps", StringComparison.OrdinalIgnoreCase))
            return BytesPerMegabit;
        if (unit.Equals("kbps", StringComparison.OrdinalIgnoreCase))
            return BytesPerKilobit;
        return unit.Equals("bps", StringComparison.OrdinalIgnoreCase) ? 1.0 / BitsPerByte : 0;
    }

    private static long BitsOf(uint bytesPerSecond) => bytesPerSecond == 0 ? 0 : Math.Max(BytesPerSecondMin, bytesPerSecond) * BitsPerByte;

    private static long Stricter(long one, long other) => one == 0 ? other : other == 0 ? one : Math.Min(one, other);
}
