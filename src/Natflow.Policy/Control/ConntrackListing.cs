using System.Globalization;
using System.Text;
using Natflow.Core;

namespace Natflow.Policy.Control;

/// <summary>A line of <c>natflow_conntrackinfo_ctl</c>.</summary>
/// <param name="Protocol">IP protocol.</param>
/// <param name="TimeoutSeconds">Until the flow ends without another packet.</param>
/// <param name="State">State of the connection in the original's words, for TCP; else empty.</param>
/// <param name="Original">The direction of the first packet.</param>
/// <param name="Reply">The other.</param>
/// <param name="IsReplied">Whether a reply was seen.</param>
/// <param name="IsAssured">Whether the flow is not ended early.</param>
/// <param name="Mark">Class of the flow.</param>
public readonly record struct ConntrackListing(byte Protocol, uint TimeoutSeconds, string State, ConntrackDirection Original, ConntrackDirection Reply, bool IsReplied, bool IsAssured, uint Mark)
{
    private const int NameWidth = 8;

    /// <summary>Reads a line: <c>kickall</c> is the one command.</summary>
    /// <param name="line">One line without its newline.</param>
    /// <param name="action">EndFlows or None.</param>
    public static ControlResult Parse(string line, out ControlAction action)
    {
        action = line == "kickall" ? ControlAction.EndFlows : ControlAction.None;
        return action != ControlAction.None || LineText.IsSilent(line) ? ControlResult.Taken : LineText.Unknown(line);
    }

    /// <summary>The line, without newline.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        bool isIpv6 = Original.Source.IsIpv6;
        text.Append((isIpv6 ? "ipv6" : "ipv4").PadRight(NameWidth)).Append(isIpv6 ? " 10 " : " 2 ")
            .Append(ProtocolName().PadRight(NameWidth)).Append(CultureInfo.InvariantCulture, $" {Protocol} {TimeoutSeconds} ");
        if (State.Length > 0)
            text.Append(State).Append(' ');
        AppendDirection(text, Original);
        text.Append(IsReplied ? "" : "[UNREPLIED] ");
        AppendDirection(text, Reply);
        return text.Append(IsAssured ? "[ASSURED] " : "").Append(CultureInfo.InvariantCulture, $"mark={Mark} use=1").ToString();
    }

    private void AppendDirection(StringBuilder text, in ConntrackDirection direction)
    {
        text.Append("src=").Append(direction.Source.ToFullText()).Append(" dst=").Append(direction.Destination.ToFullText()).Append(' ');
        if (Protocol is IpProtocol.Icmp or IpProtocol.IcmpV6)
            text.Append(CultureInfo.InvariantCulture, $"type={direction.DestinationPort >> 8} code={(byte)direction.DestinationPort} id={direction.SourcePort} ");
        else if (ProtocolName() is "tcp" or "udp" or "dccp" or "sctp" or "udplite")
            text.Append(CultureInfo.InvariantCulture, $"sport={direction.SourcePort} dport={direction.DestinationPort} ");
        text.Append(CultureInfo.InvariantCulture, $"packets={direction.Packets} bytes={direction.Bytes} ");
    }

    private string ProtocolName() => Protocol switch
    {
        IpProtocol.Icmp => "icmp",
        IpProtocol.Tcp => "tcp",
        IpProtocol.Udp => "udp",
        33 => "dccp",
        47 => "gre",
        IpProtocol.IcmpV6 => "icmpv6",
        132 => "sctp",
        136 => "udplite",
        _ => "unknown",
    };
}
