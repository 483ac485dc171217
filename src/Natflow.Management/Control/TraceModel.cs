using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Gateway.Trace;
using Natflow.Gateway.Views;

namespace Natflow.Management.Control;

/// <summary>What became of one packet, a line a stage.</summary>
/// <param name="TimeMs">Shard clock, ms.</param>
/// <param name="Rx">Port, side and what the parser found.</param>
/// <param name="Packet">The packet's endpoints before translation.</param>
/// <param name="Shard">Shard that decided.</param>
/// <param name="Lookup">The flow that was found, or that none was.</param>
/// <param name="Path">fast or slow.</param>
/// <param name="Verdict">The decision.</param>
/// <param name="Drop">Reason, where it was dropped; else null.</param>
/// <param name="Flow">The flow afterwards.</param>
/// <param name="Tx">The way it left by; else null.</param>
public sealed record TraceModel(
    long TimeMs,
    string Rx,
    string Packet,
    int Shard,
    string Lookup,
    string Path,
    string Verdict,
    string? Drop,
    FlowModel? Flow,
    string? Tx)
{
    /// <summary>The model of a trace.</summary>
    internal static TraceModel Of(PacketTrace trace) => new(
        trace.TimeMs,
        string.Create(CultureInfo.InvariantCulture, $"port {trace.PortIndex} {(trace.Side == Side.Lan ? "lan" : "wan")} {trace.Kind} {trace.LengthBytes} bytes{(trace.IsHairpinned ? ", hairpinned" : string.Empty)}"),
        PacketText(trace),
        trace.ShardIndex,
        trace.Before is null ? "no flow" : $"{trace.Before.State}, external {Endpoint.Text(trace.Before.ExternalAddress, trace.Before.ExternalPort)}",
        trace.IsFastPath ? "fast" : "slow",
        trace.Verdict.ToString(),
        trace.Reason == DropReason.None ? null : trace.Reason.ToString(),
        FlowOf(trace.After),
        trace.Path is null ? null : TxText(trace.Path));

    private static FlowModel? FlowOf(FlowView? flow) => flow is null ? null : FlowModel.Of(flow);

    private static string PacketText(PacketTrace trace)
    {
        FlowKey key = trace.Key;
        string flags = key.Protocol == IpProtocol.Tcp ? $" flags 0x{trace.TcpFlags:x2}" : string.Empty;
        return $"{Endpoint.ProtocolName(key.Protocol)} {Text(key.SrcAddrBe, key.SrcPortBe)} > {Text(key.DstAddrBe, key.DstPortBe)}{flags}";
    }

    private static string Text(uint addressBe, ushort portBe) =>
        Endpoint.Text(BinaryPrimitives.ReverseEndianness(addressBe), BinaryPrimitives.ReverseEndianness(portBe));

    private static string TxText(PathTrace path)
    {
        if (path.State == PathState.AsIs)
            return string.Create(CultureInfo.InvariantCulture, $"port {path.PortIndex}, link header kept");
        string nextHop = MappedAddress.TryGetIPv4(path.NextHop, out uint ipv4) ? Ipv4Prefix.ToText(ipv4) : Ipv6Text(path.NextHop);
        string mac = path.Header.Length < 6 ? "unknown" : string.Join(':', path.Header.Take(6).Select(static octet => octet.ToString("x2", CultureInfo.InvariantCulture)));
        return string.Create(CultureInfo.InvariantCulture, $"port {path.PortIndex} next hop {nextHop} ({mac}, {path.State}), mtu {path.MtuBytes}");
    }

    private static string Ipv6Text(UInt128 address)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, address);
        return new IPAddress(bytes).ToString();
    }
}
