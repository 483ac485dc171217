using System.Runtime.InteropServices;

namespace Natflow.Gateway.Users;

/// <summary>Max-min fair shares of a line by weight: nobody who asks for less than its part is held back, the rest goes to those who ask for more. Pure.</summary>
internal static class FairShares
{
    /// <summary>In place of the demand of a user that takes whatever it gets.</summary>
    internal const double Greedy = double.PositiveInfinity;

    /// <summary>Rate for each weight of one at which the line is just full.</summary>
    /// <param name="line">What the line carries, bit/s.</param>
    /// <param name="demands">What each active user asks for; reordered.</param>
    /// <returns>Bit/s for a weight of one; the whole line where all demands together are less.</returns>
    internal static double Level(double line, Span<Demand> demands)
    {
        double rest = line;
        double weights = 0;
        foreach (Demand demand in demands)
            weights += demand.Weight;
        demands.Sort(static (one, other) => one.PerWeight.CompareTo(other.PerWeight));
        foreach (Demand demand in demands)
        {
            if (demand.PerWeight * weights >= rest)
                return rest / weights;
            rest -= demand.BitsPerSecond;
            weights -= demand.Weight;
        }

        return line;
    }

    /// <summary>What a user asks for.</summary>
    /// <param name="BitsPerSecond">The rate; <see cref="Greedy"/> for more than it gets.</param>
    /// <param name="Weight">1 to 1000.</param>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Demand(double BitsPerSecond, ushort Weight)
    {
        internal double PerWeight => BitsPerSecond / Weight;
    }
}
