using System.Text;
using Natflow.Core;
using Natflow.Inspect.Observe;

namespace Natflow.Inspect.Tests.Observe;

/// <summary>An inspector and one client's flow to look at.</summary>
internal sealed class Rig : IDisposable
{
    internal const byte Ack = 0x10;
    internal const byte Syn = 0x02;
    internal const byte Fin = 0x01;

    internal Rig(InspectorSettings? settings = null) =>
        Inspector = new Inspector(settings ?? new InspectorSettings { FlowCapacity = 1024, BufferBytes = 1 << 20, FollowsConnections = true });

    internal Inspector Inspector { get; }

    internal long NowNs { get; set; }

    /// <summary>Observations as text: kind, method, name or "-", target or ALPN.</summary>
    internal string[] Seen
    {
        get
        {
            var lines = new List<string>();
            foreach (ref readonly Observation seen in Inspector.Observations.Observations)
                lines.Add(Describe(in seen));
            Inspector.Observations.Clear();
            return [.. lines];
        }
    }

    internal static FlowEnds Ends(int flow = 1, ushort port = 80, byte protocol = IpProtocol.Tcp) => new(
        FlowEnds.Map((uint)flow), FlowEnds.Map(0x0101_01C6u), (ushort)(10_000 + (flow % 50_000)), port, protocol, IsIpv6: false, Zone: 0);

    internal static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    internal InspectOutcome Open(uint sequence = 1000, int flow = 1, ushort port = 80) =>
        Inspector.OnTcp(Ends(flow, port), new TcpSegment(sequence - 1, 0, Syn), [], NowNs);

    internal InspectOutcome Send(uint sequence, ReadOnlySpan<byte> payload, int flow = 1, ushort port = 80, byte flags = Ack) =>
        Inspector.OnTcp(Ends(flow, port), new TcpSegment(sequence, 1, flags), payload, NowNs);

    internal InspectOutcome Send(uint sequence, string payload, int flow = 1, ushort port = 80) => Send(sequence, Bytes(payload), flow, port);

    internal InspectOutcome SendUdp(ReadOnlySpan<byte> payload, ushort port = 443, int flow = 1) =>
        Inspector.OnUdp(Ends(flow, port, IpProtocol.Udp), payload, NowNs);

    public void Dispose() => Inspector.Dispose();

    private string Describe(in Observation seen)
    {
        string Text(TextRange range) => Encoding.Latin1.GetString(Inspector.Observations.Text(range));
        bool hasName = (seen.Flags & ObservationFlags.HasName) != ObservationFlags.None;
        string[] parts = [seen.Kind.ToString(), Text(seen.Method), hasName ? Text(seen.Name) : "-", Text(seen.Uri), Text(seen.Alpn)];
        string flags = (seen.Flags & ~ObservationFlags.HasName) is var rest and not ObservationFlags.None ? $" [{rest}]" : string.Empty;
        return string.Join(' ', parts.Where(static part => part.Length > 0)) + flags;
    }
}
