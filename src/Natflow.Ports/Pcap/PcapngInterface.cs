namespace Natflow.Ports.Pcap;

/// <summary>One interface of a pcapng section: how to read its packets' link header and timestamps.</summary>
internal struct PcapngInterface
{
    /// <summary>Code of the option <c>if_tsresol</c>, one byte.</summary>
    internal const int ResolutionOption = 9;

    /// <summary>Code of the option <c>if_tsoffset</c>, eight bytes.</summary>
    internal const int OffsetOption = 14;

    private const long NsPerSecond = 1_000_000_000;

    // Nanoseconds = units * _multiplier / _divisor, or, for a resolution by powers of two, units * 10^9 >> _shift.
    private ulong _multiplier;
    private ulong _divisor;
    private int _shift;

    internal PcapngInterface(int linkType, uint snapLengthBytes)
    {
        LinkType = linkType;
        SnapLengthBytes = snapLengthBytes;
        SetResolution(6);
    }

    internal int LinkType { get; }

    /// <summary>Longest captured length; 0 means no limit.</summary>
    internal uint SnapLengthBytes { get; }

    /// <summary>Seconds to add to each timestamp (<c>if_tsoffset</c>).</summary>
    internal long OffsetSeconds { get; set; }

    /// <summary>Applies <c>if_tsresol</c>: with the top bit clear units are 10^-value seconds, with it set 2^-(value without that bit).</summary>
    internal void SetResolution(byte value)
    {
        const int nsDigits = 9;
        const int wordDigits = 19;
        int exponent = value & 0x7F;
        _multiplier = _divisor = 1;
        _shift = 0;
        if ((value & 0x80) != 0)
        {
            _multiplier = NsPerSecond;
            _shift = exponent;
        }
        else if (exponent <= nsDigits)
        {
            _multiplier = PowerOfTen(nsDigits - exponent);
        }
        else if (exponent <= nsDigits + wordDigits)
        {
            _divisor = PowerOfTen(exponent - nsDigits);
        }
        else
        {
            _multiplier = 0; // 64 bits of such units are less than a nanosecond.
        }
    }

    /// <summary>Unix nanoseconds of a timestamp in this interface's units, limited to what 64 bits hold.</summary>
    internal readonly long ToUnixNs(ulong units)
    {
        UInt128 product = Math.BigMul(units, _multiplier);
        UInt128 ns = _divisor == 1 ? product >> _shift : product / _divisor;
        Int128 total = (Int128)ns + ((Int128)OffsetSeconds * NsPerSecond);
        return total > long.MaxValue ? long.MaxValue : total < long.MinValue ? long.MinValue : (long)total;
    }

    private static ulong PowerOfTen(int exponent)
    {
        ulong power = 1;
        for (int i = 0; i < exponent; i++)
            power *= 10;
        return power;
    }
}
