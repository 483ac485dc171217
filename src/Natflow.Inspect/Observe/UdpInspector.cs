using Natflow.Inspect.Quic;
using Natflow.Inspect.Tls;

namespace Natflow.Inspect.Observe;

/// <summary>Looks at datagrams: DNS by its port, QUIC and DTLS by their first bytes on any port. One owner thread.</summary>
internal sealed class UdpInspector(QuicInspector quic, ObservationWriter writer, InspectorSettings settings, InspectorCounters counters)
{
    private readonly byte[] _scratch = new byte[1 << 14];

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
        if (DatagramHello.IsLikely(payload)) ReadHello(in ends, payload, nowNs);
        return InspectOutcome.Done;
    }

    private void ReadHello(in FlowEnds ends, ReadOnlySpan<byte> payload, long nowNs)
    {
        if (DatagramHello.TryReadBody(payload, _scratch, out ReadOnlySpan<byte> body) == ParseStatus.NotThis) return;
        ParseStatus parsed = ClientHelloParser.TryParse(body, isDatagram: true, out ClientHello hello);
        if (parsed == ParseStatus.Complete || hello.HasServerName)
            writer.WriteHello(ObservationKind.Dtls, in ends, isFromReply: false, nowNs, in hello);
        else
            counters.HellosMalformed++;
    }
}
