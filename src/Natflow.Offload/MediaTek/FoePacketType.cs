namespace Natflow.Offload.MediaTek;

/// <summary>Kind of a FOE entry, as ib1 has it. MAP-T and MAP-E have numbers that differ between generations and are refused.</summary>
internal enum FoePacketType : byte
{
    /// <summary>IPv4 5-tuple; rewrites addresses, ports and link header.</summary>
    Ipv4Hnapt = 0,

    /// <summary>IPv4 addresses and protocol; rewrites the link header.</summary>
    Ipv4Route = 1,

    /// <summary>Link addresses and VLAN. Of software alone.</summary>
    Bridge = 2,

    /// <summary>IPv4 in IPv6 (RFC 6333).</summary>
    DsLite = 3,

    /// <summary>IPv6 addresses and next header; rewrites the link header.</summary>
    Ipv6ThreeTuple = 4,

    /// <summary>IPv6 5-tuple; rewrites the link header.</summary>
    Ipv6FiveTuple = 5,

    /// <summary>IPv6 in IPv4 (RFC 5969).</summary>
    SixRd = 7,
}
