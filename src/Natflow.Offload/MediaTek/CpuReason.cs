namespace Natflow.Offload.MediaTek;

/// <summary>Why the engine gives a frame to the CPU, as its receive descriptor says.</summary>
public enum CpuReason : byte
{
    /// <summary>IPv4 options or an IPv6 extension header.</summary>
    Options = 0x03,

    /// <summary>Not IP, or a type that is not switched on.</summary>
    NoFlow = 0x07,

    /// <summary>A fragment.</summary>
    Fragment = 0x08,

    /// <summary>TCP FIN, SYN or RST that is not the end of a bound flow.</summary>
    TcpFlags = 0x0C,

    /// <summary>No entry; one may have been learned.</summary>
    Miss = 0x0D,

    /// <summary>A learned entry below the rate.</summary>
    HitUnbound = 0x0E,

    /// <summary>A learned entry at the rate: the moment to bind.</summary>
    HitUnboundRateReached = 0x0F,

    /// <summary>FIN or RST of a bound flow.</summary>
    BoundFin = 0x10,

    /// <summary>TTL or hop limit would reach 0.</summary>
    BoundTtl = 0x11,

    /// <summary>More tags than the engine writes.</summary>
    BoundVlan = 0x12,

    /// <summary>An entry that leads to the CPU.</summary>
    BoundToCpu = 0x16,

    /// <summary>To a group address.</summary>
    Multicast = 0x18,

    /// <summary>Longer than the way out allows.</summary>
    ExceedsMtu = 0x1C,

    /// <summary>Not a frame that can be read to the end of its transport header.</summary>
    Invalid = 0x1F,
}
