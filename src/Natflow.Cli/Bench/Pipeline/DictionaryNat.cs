using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Packets;

namespace Natflow.Cli.Bench.Pipeline;

/// <summary>
/// The baseline: the same translation written the obvious way, one packet at a time, with two dictionaries and a list of free ports. No quotas, no timers, no
/// port blocks, no fragments: less work than the gateway's.
/// </summary>
internal sealed class DictionaryNat
{
    private readonly Dictionary<FlowKey, (uint AddressBe, ushort PortBe)> _outbound = [];
    private readonly Dictionary<FlowKey, (uint AddressBe, ushort PortBe)> _inbound = [];
    private readonly Queue<(uint AddressBe, ushort PortBe)> _free = [];

    internal DictionaryNat(IReadOnlyList<uint> publicAddresses)
    {
        foreach (uint address in publicAddresses)
        {
            for (int port = 1024; port <= ushort.MaxValue; port++)
                _free.Enqueue((BinaryPrimitives.ReverseEndianness(address), BinaryPrimitives.ReverseEndianness((ushort)port)));
        }
    }

    /// <summary>Translates a plain UDP frame in place.</summary>
    internal bool Translate(Span<byte> frame, bool fromInside)
    {
        Span<byte> ip = frame[14..];
        Span<byte> udp = frame[34..];
        var key = new FlowKey(
            MemoryMarshal.Read<uint>(ip[12..]),
            MemoryMarshal.Read<uint>(ip[16..]),
            MemoryMarshal.Read<ushort>(udp),
            MemoryMarshal.Read<ushort>(udp[2..]),
            0,
            ip[9],
            fromInside ? Side.Lan : Side.Wan);
        if (fromInside)
        {
            if (!_outbound.TryGetValue(key, out (uint AddressBe, ushort PortBe) external) && !TryOpen(key, out external))
                return false;
            NatRewriter.ComputeDeltas(key.SrcAddrBe, external.AddressBe, key.SrcPortBe, external.PortBe, key.Protocol, out ushort l3, out ushort l4);
            NatRewriter.RewriteSource(frame, 14, 34, key.Protocol, external.AddressBe, external.PortBe, l3, l4);
            return true;
        }

        if (!_inbound.TryGetValue(key, out (uint AddressBe, ushort PortBe) inside))
            return false;
        NatRewriter.ComputeDeltas(key.DstAddrBe, inside.AddressBe, key.DstPortBe, inside.PortBe, key.Protocol, out ushort l3In, out ushort l4In);
        NatRewriter.RewriteDestination(frame, 14, 34, key.Protocol, inside.AddressBe, inside.PortBe, l3In, l4In);
        return true;
    }

    private bool TryOpen(in FlowKey key, out (uint AddressBe, ushort PortBe) external)
    {
        if (!_free.TryDequeue(out external))
            return false;
        _outbound.Add(key, external);
        _inbound.Add(
            new FlowKey(key.DstAddrBe, external.AddressBe, key.DstPortBe, external.PortBe, 0, key.Protocol, Side.Wan), (key.SrcAddrBe, key.SrcPortBe));
        return true;
    }
}
