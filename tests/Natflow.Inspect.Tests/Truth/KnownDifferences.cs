namespace Natflow.Inspect.Tests.Truth;

/// <summary>Rows that others do not see, each with the reason why they are right all the same. All else is a fault.</summary>
internal static class KnownDifferences
{
    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
        ["ndpi/quic-forcing-vn-with-data.pcapng"] = "version negotiated: the second Initial has the same id under another version, for which tshark keeps the first version's keys",
        ["tcpdump/quic_vn.pcap"] = "version negotiated: the second Initial has the same id under another version, for which tshark keeps the first version's keys",
        ["suricata-verify/tcp-urgp-01-oob/tcp-urgent1.pcap"] = "urgent bytes inside the URI, read in line",
        ["suricata-verify/tcp-urgp-04-2byte-XY/tcp-urgent-2byte-XY.pcap"] = "urgent bytes inside the URI, read in line",
        ["zeek/http/query-method.pcap"] = "tshark does not know the method QUERY",
        ["zeek/tcp-http-with-padding.pcap"] = "a request on a port where tshark does not look for one",
    };

    /// <summary>The reason, or null.</summary>
    internal static string? ReasonOf(string capture) => Reasons.GetValueOrDefault(capture);
}
