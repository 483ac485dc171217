namespace Natflow.Ports.Pcap;

/// <summary>Link types of captures that Natflow reads: <c>LINKTYPE_</c> numbers of the tcpdump group's registry.</summary>
public static class LinkType
{
    /// <summary>BSD loopback: 4 bytes of address family in the byte order of the capturing host.</summary>
    public const int Null = 0;

    /// <summary>Ethernet.</summary>
    public const int Ethernet = 1;

    /// <summary>PPP, with or without the address and control bytes of HDLC framing (RFC 1662).</summary>
    public const int Ppp = 9;

    /// <summary>PPP in HDLC framing, or Cisco's framing, told apart by the first byte.</summary>
    public const int PppHdlc = 50;

    /// <summary>PPPoE without the Ethernet header before it (RFC 2516).</summary>
    public const int PppEther = 51;

    /// <summary>Cisco's framing (RFC 1547 section 4.3.1): address, control, ethertype.</summary>
    public const int CiscoHdlc = 104;

    /// <summary>PPP behind a byte that tells the direction.</summary>
    public const int PppWithDirection = 204;

    /// <summary>Cisco's framing behind a byte that tells the direction.</summary>
    public const int CiscoHdlcWithDirection = 205;

    /// <summary>MPLS labels (RFC 3032).</summary>
    public const int Mpls = 219;

    /// <summary>Raw IP as some systems number it in files (<c>DLT_RAW</c>).</summary>
    public const int RawBsd = 12;

    /// <summary>Raw IP as OpenBSD numbers it in files (<c>DLT_RAW</c>).</summary>
    public const int RawOpenBsd = 14;

    /// <summary>Raw IPv4 or IPv6, told apart by the version field.</summary>
    public const int Raw = 101;

    /// <summary>OpenBSD loopback: 4 bytes of address family, big-endian.</summary>
    public const int Loop = 108;

    /// <summary>Linux cooked capture, version 1: a 16-byte header.</summary>
    public const int LinuxCooked = 113;

    /// <summary>Raw IPv4.</summary>
    public const int Ipv4 = 228;

    /// <summary>Raw IPv6.</summary>
    public const int Ipv6 = 229;

    /// <summary>Linux cooked capture, version 2: a 20-byte header.</summary>
    public const int LinuxCooked2 = 276;
}
