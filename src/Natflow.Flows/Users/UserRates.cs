using System.Runtime.InteropServices;

namespace Natflow.Flows.Users;

/// <summary>Where a subscriber's meters come from: its own limits, and its share of a contended line. The slower of the two is in force. 48 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 48)]
internal struct UserRates
{
    /// <summary>Own limit of uploads, as <see cref="PolicyRecord.UpNanosecondsPerByteQ20"/>; 0 for none.</summary>
    internal ulong OwnUpQ20;

    /// <summary>Own limit of downloads.</summary>
    internal ulong OwnDownQ20;

    /// <summary>Share of uploads.</summary>
    internal ulong ShareUpQ20;

    /// <summary>Share of downloads.</summary>
    internal ulong ShareDownQ20;

    /// <summary>Burst of the own limits, µs.</summary>
    internal uint OwnBurstMicroseconds;

    /// <summary>Burst of the shares, µs.</summary>
    internal uint ShareBurstMicroseconds;

    /// <summary>Part of a contended line beside others'.</summary>
    internal ushort Weight;
}
