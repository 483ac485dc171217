using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;

namespace Natflow.Flows.Alg.Sip;

/// <summary>Translates the endpoints in start line, Via and Contact: the subscriber's own to its external one on the way out, and back on the way in.</summary>
internal sealed class SipEndpoints(AlgState alg, ShardState shard)
{
    private const int PortMin = 1024;

    /// <summary>Copies a line with its endpoints translated.</summary>
    /// <param name="line">Any bytes.</param>
    /// <param name="output">Receives the line.</param>
    /// <param name="slot">The flow and the side the message came from.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <returns>Number of endpoints that were translated.</returns>
    internal int Copy(ReadOnlySpan<byte> line, ref SipBuffer output, uint slot, long nowMs)
    {
        ref FlowRecord flow = ref alg.FlowOf(slot);
        bool isOut = (slot & 1) == (uint)Side.Lan;
        uint ownBe = isOut ? flow.InsideAddrBe : flow.ExternalAddrBe;
        int copied = 0;
        int count = 0;
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] is < (byte)'0' or > (byte)'9' || (i != 0 && IsPartOfNumber(line[i - 1])))
                continue;
            if (!isOut && TryRestoreResponsePort(line, i, in flow, copied, ref output, out int behindPort))
            {
                copied = behindPort;
                i = behindPort - 1;
                count++;
                continue;
            }

            int end = i;
            if (!AsciiText.TryReadAddress(line, ref end, (byte)'.', out uint addressBe) || addressBe != ownBe
                || (end < line.Length && IsPartOfNumber(line[end])))
            {
                continue;
            }

            if (!TryTranslate(line, i, ref end, slot, nowMs, out uint newAddressBe, out int newPort))
                continue;
            output.Append(line[copied..i]);
            output.AppendAddress(newAddressBe);
            if (newPort != 0)
            {
                output.Append(":"u8);
                output.Append(newPort);
            }

            copied = end;
            i = end - 1;
            count++;
        }

        output.Append(line[copied..]);
        return count;
    }

    private static bool IsPartOfNumber(byte letter) => letter is (>= (byte)'0' and <= (byte)'9') or (byte)'.';

    /// <summary>Translates the address behind <paramref name="start"/> and the port after it, if there is one.</summary>
    private bool TryTranslate(
        ReadOnlySpan<byte> line, int start, ref int end, uint slot, long nowMs, out uint newAddressBe, out int newPort)
    {
        ref FlowRecord flow = ref alg.FlowOf(slot);
        int behind = end;
        bool hasPort = AsciiText.TryRead(line, ref behind, (byte)':');
        int port = alg.SipPort;
        if (hasPort && (!AsciiText.TryReadNumber(line, ref behind, ushort.MaxValue, out port) || port == 0))
        {
            newAddressBe = 0;
            newPort = 0;
            return false;
        }

        if (hasPort)
            end = behind;
        ushort portBe = BinaryPrimitives.ReverseEndianness((ushort)port);
        if ((slot & 1) == (uint)Side.Lan)
            return TryGoOut(slot, portBe, nowMs, out newAddressBe, out newPort);

        newAddressBe = flow.InsideAddrBe;
        newPort = 0;
        if (!hasPort && line[..start].EndsWith("received="u8))
            return true;
        return TryComeIn(in flow, portBe, out newPort);
    }

    private bool TryGoOut(uint slot, ushort portBe, long nowMs, out uint addressBe, out int port)
    {
        ref FlowRecord flow = ref alg.FlowOf(slot);
        addressBe = flow.ExternalAddrBe;
        ushort externalPortBe = flow.ExternalPortBe;
        if (portBe != flow.InsidePortBe)
        {
            bool isOpened = false;
            if (BinaryPrimitives.ReverseEndianness(portBe) < PortMin)
            {
                alg.Counters.Refused++;
            }
            else
            {
                var wanted = new Announcement(portBe, flow.Protocol, flow.RemoteAddrBe, 0, false, nowMs + alg.ContactLifetimeMs);
                isOpened = alg.TryExpect(slot, in wanted, nowMs, out addressBe, out externalPortBe);
            }

            if (!isOpened)
            {
                port = 0;
                return false;
            }
        }

        port = BinaryPrimitives.ReverseEndianness(externalPortBe);
        return true;
    }

    private bool TryComeIn(ref readonly FlowRecord flow, ushort portBe, out int port)
    {
        port = BinaryPrimitives.ReverseEndianness(flow.InsidePortBe);
        if (portBe == flow.ExternalPortBe)
            return true;
        uint mappingIndex = shard.Mappings.FindExternal(flow.ExternalAddrBe, portBe, flow.Protocol);
        if (mappingIndex == FlowTable.None)
            return false;
        ref MappingRecord mapping = ref shard.Mappings[mappingIndex];
        port = BinaryPrimitives.ReverseEndianness(mapping.InsidePortBe);
        return mapping.InsideAddrBe == flow.InsideAddrBe && mapping.Zone == flow.Zone;
    }

    // RFC 3581: the server tells the port it saw; the client knows itself by its inside one.
    private static bool TryRestoreResponsePort(
        ReadOnlySpan<byte> line, int start, ref readonly FlowRecord flow, int copied, ref SipBuffer output, out int end)
    {
        end = start;
        if (!line[..start].EndsWith(";rport="u8) || !AsciiText.TryReadNumber(line, ref end, ushort.MaxValue, out int port)
            || (end < line.Length && IsPartOfNumber(line[end]))
            || BinaryPrimitives.ReverseEndianness((ushort)port) != flow.ExternalPortBe)
        {
            return false;
        }

        output.Append(line[copied..start]);
        output.Append(BinaryPrimitives.ReverseEndianness(flow.InsidePortBe));
        return true;
    }
}
