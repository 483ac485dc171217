using Natflow.Inspect.Quic;
using Natflow.Inspect.Tls;

namespace Natflow.Inspect.Observe;

/// <summary>Looks at datagrams: DNS by its port, QUIC and DTLS by their first bytes on any port. One owner thread.</summary>
internal sealed class UdpInspector(QuicInspector quic, DatagramHelloInspector hellos, ObservationWriter writer, InspectorSettings settings, InspectorCounters counters)
{
    /// <summary>Handles a datagram.</summary>
    /// <param name="ends">Sender first.</param>
    /// <param name="payload">UDP payload.</param>
    /// <param name="nowNs">Time of the packet.</param>
    internal InspectOutcome OnDatagram(in FlowEnds ends, ReadOnlySpan<byte> payload, long nowNs)
    {
        counters.Packets++;
        if (ends.ServerPort == StreamReader.DnsPort || ends.ClientPort == StreamReader.DnsPort)
        {
            // Resolvers' clients use a port a question; what they ask is worth more than a place in the fast path.
            writer.WriteDns(in ends, isFromReply: ends.ServerPort != StreamReader.DnsPort, nowNs, payload, settings.ReportsAnswers);
            return InspectOutcome.Pending;
        }

        if (QuicLongHeader.IsLikely(payload)) return quic.OnDatagram(in ends, payload, nowNs);
        return DatagramHello.IsLikely(payload) ? hellos.OnDatagram(in ends, payload, nowNs) : InspectOutcome.Done;
    }
}
