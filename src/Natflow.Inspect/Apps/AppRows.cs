using System.Globalization;
using System.Text;

using Natflow.Core;
using Natflow.Inspect.Catalogue;
using Natflow.Inspect.Observe;

namespace Natflow.Inspect.Apps;

/// <summary>The rows of <c>natflow replay --apps</c>: a flow each, tab-separated, sorted by byte value; <c>-</c> is what is not known.</summary>
public static class AppRows
{
    /// <summary>Writes <c>src sport dst dport l4 protocol app category</c> for each flow.</summary>
    /// <param name="observer">After its flows are complete.</param>
    /// <param name="output">Where to.</param>
    /// <exception cref="IOException">The output cannot be written.</exception>
    public static void WriteTo(AppObserver observer, Stream output)
    {
        var rows = new List<string>(observer.Flows.Count);
        for (int i = 0; i < observer.Flows.Count; i++)
            rows.Add(Format(observer.Catalogue, observer.Flows.EndsOf(i), in observer.Flows.FlowOf(i)));
        rows.Sort(StringComparer.Ordinal);
        using var writer = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: -1, leaveOpen: true);
        writer.NewLine = "\n";
        foreach (string row in rows)
            writer.WriteLine(row);
    }

    /// <summary>One row, without its end.</summary>
    public static string Format(AppCatalogue catalogue, in FlowEnds ends, in AppFlow flow)
    {
        // The category is that of what is known most precisely.
        ushort named = flow.AppId != 0 ? flow.AppId : (ushort)flow.Protocol;
        return string.Join('\t',
            ends.ClientText, ends.ClientPort, ends.ServerText, ends.ServerPort, TransportName(ends.Protocol),
            catalogue.NameOf((ushort)flow.Protocol), catalogue.NameOf(flow.AppId), catalogue.CategoryName(catalogue.CategoryOf(named)));
    }

    private static string TransportName(byte protocol) => protocol switch
    {
        IpProtocol.Tcp => "tcp",
        IpProtocol.Udp => "udp",
        IpProtocol.Icmp => "icmp",
        IpProtocol.IcmpV6 => "icmp6",
        2 => "igmp",
        IpProtocol.Esp => "esp",
        132 => "sctp",
        _ => protocol.ToString(CultureInfo.InvariantCulture),
    };
}
