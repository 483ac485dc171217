namespace Natflow.Flows.Ipv6;

/// <summary>What a shard counts of IPv6. They only grow.</summary>
public struct Ipv6Counters
{
    /// <summary>Packets from inside forwarded as IPv6.</summary>
    public ulong ForwardedOut;

    /// <summary>Packets from outside forwarded as IPv6.</summary>
    public ulong ForwardedIn;

    /// <summary>L3 bytes forwarded as IPv6, both ways.</summary>
    public ulong ForwardedBytes;

    /// <summary>Packets that became IPv4 (NAT64).</summary>
    public ulong BecameIpv4;

    /// <summary>Packets that became IPv6 (NAT64).</summary>
    public ulong BecameIpv6;

    /// <summary>Flows opened.</summary>
    public ulong FlowsOpened;

    /// <summary>Flows ended.</summary>
    public ulong FlowsEnded;

    /// <summary>ICMPv6 errors sent.</summary>
    public ulong ErrorsSent;

    /// <summary>ICMPv6 errors not sent because there were too many in a short time.</summary>
    public ulong ErrorsLimited;

    /// <summary>ICMPv6 errors not sent because the gateway has no address on that side or no way back, or the frame no room before it.</summary>
    public ulong ErrorsWithoutSource;

    /// <summary>Packets with extension headers.</summary>
    public ulong ExtensionHeaders;

    /// <summary>FTP control connections of translated subscribers: what they announce passes as it is, and is not opened.</summary>
    public ulong HelperUntranslated;

    /// <summary>SYNs whose maximum segment size was lowered.</summary>
    public ulong MssClamped;

    /// <summary>Adds another shard's counters.</summary>
    public void Add(in Ipv6Counters other)
    {
        ForwardedOut += other.ForwardedOut;
        ForwardedIn += other.ForwardedIn;
        ForwardedBytes += other.ForwardedBytes;
        BecameIpv4 += other.BecameIpv4;
        BecameIpv6 += other.BecameIpv6;
        FlowsOpened += other.FlowsOpened;
        FlowsEnded += other.FlowsEnded;
        ErrorsSent += other.ErrorsSent;
        ErrorsLimited += other.ErrorsLimited;
        ErrorsWithoutSource += other.ErrorsWithoutSource;
        ExtensionHeaders += other.ExtensionHeaders;
        HelperUntranslated += other.HelperUntranslated;
        MssClamped += other.MssClamped;
    }
}
