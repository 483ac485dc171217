using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Table;

namespace Natflow.Flows.Alg.Sip;

/// <summary>Rewrites connection and media lines of a session description (RFC 8866 sections 5.7, 5.14) that the subscriber sends, and expects its RTP and RTCP.</summary>
internal sealed class SessionDescription(AlgState alg)
{
    private const int MediaMax = 16;
    private const int PortMin = 1024;

    /// <summary>Copies a body with its own endpoints translated.</summary>
    /// <param name="body">Any bytes.</param>
    /// <param name="output">Receives the body.</param>
    /// <param name="slot">The flow, from inside.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <param name="count">Number of lines that were changed.</param>
    /// <returns>False, counted, when an endpoint could not be opened: the body must pass as it was.</returns>
    internal bool TryCopy(ReadOnlySpan<byte> body, ref SipBuffer output, uint slot, long nowMs, out int count)
    {
        ref FlowRecord flow = ref alg.FlowOf(slot);
        uint sessionBe = FindConnection(body);
        count = 0;
        int media = 0;
        while (body.Length != 0)
        {
            ReadOnlySpan<byte> line = SipText.NextLine(body);
            body = body[line.Length..];
            if (line.StartsWith("m="u8) && media++ < MediaMax)
            {
                uint mediaBe = FindConnection(body);
                uint addressBe = mediaBe != 0 ? mediaBe : sessionBe;
                if (!TryCopyMedia(line, addressBe == flow.InsideAddrBe, ref output, slot, nowMs, ref count))
                    return false;
            }
            else if (TryReadConnection(line, out uint addressBe, out int start, out int end) && addressBe == flow.InsideAddrBe)
            {
                output.Append(line[..start]);
                output.AppendAddress(flow.ExternalAddrBe);
                output.Append(line[end..]);
                count++;
            }
            else
            {
                output.Append(line);
            }
        }

        return true;
    }

    // The connection line before the next media line; 0 where there is none.
    private static uint FindConnection(ReadOnlySpan<byte> rest)
    {
        while (rest.Length != 0)
        {
            ReadOnlySpan<byte> line = SipText.NextLine(rest);
            if (line.StartsWith("m="u8))
                break;
            if (TryReadConnection(line, out uint addressBe, out _, out _))
                return addressBe;
            rest = rest[line.Length..];
        }

        return 0;
    }

    private static bool TryReadConnection(ReadOnlySpan<byte> line, out uint addressBe, out int start, out int end)
    {
        addressBe = 0;
        start = 9;
        end = 9;
        return line.StartsWith("c=IN IP4 "u8) && AsciiText.TryReadAddress(line, ref end, (byte)'.', out addressBe) && SipText.IsEnd(line[end..]);
    }

    private bool TryCopyMedia(ReadOnlySpan<byte> line, bool isOwn, ref SipBuffer output, uint slot, long nowMs, ref int count)
    {
        int space = line.IndexOf((byte)' ');
        int end = space + 1;
        bool isPort = space > 0 && AsciiText.TryReadNumber(line, ref end, ushort.MaxValue, out int port) && port != 0
            && end < line.Length && line[end] is (byte)' ' or (byte)'/';
        if (!isOwn || !isPort || !IsUdp(line[end..]))
        {
            output.Append(line);
            return true;
        }

        int start = space + 1;
        int position = start;
        AsciiText.TryReadNumber(line, ref position, ushort.MaxValue, out int announced);
        if (announced < PortMin)
        {
            alg.Counters.Refused++;
            output.Append(line);
            return true;
        }

        if (!TryOpen(slot, announced, nowMs, out ushort externalPortBe))
            return false;
        output.Append(line[..start]);
        output.Append(BinaryPrimitives.ReverseEndianness(externalPortBe));
        output.Append(line[end..]);
        count++;
        return true;
    }

    // " RTP/AVP …", " UDP/TLS/RTP/SAVPF …", " udp …", with a count of ports before it at most.
    private static bool IsUdp(ReadOnlySpan<byte> rest)
    {
        int space = rest.IndexOf((byte)' ');
        return space >= 0 && (AsciiText.StartsWith(rest[(space + 1)..], "rtp/"u8) || AsciiText.StartsWith(rest[(space + 1)..], "udp"u8));
    }

    private bool TryOpen(uint slot, int port, long nowMs, out ushort externalPortBe)
    {
        ref FlowRecord flow = ref alg.FlowOf(slot);
        long untilMs = nowMs + alg.ExpectationLifetimeMs;
        var media = new Announcement(BinaryPrimitives.ReverseEndianness((ushort)port), IpProtocol.Udp, 0, 0, IsOnce: false, untilMs);
        var control = media with { InsidePortBe = BinaryPrimitives.ReverseEndianness((ushort)(port + 1)) };
        bool isOpened = port % 2 == 0
            ? alg.TryExpectPair(slot, in media, in control, nowMs, out uint addressBe, out externalPortBe)
            : alg.TryExpect(slot, in media, nowMs, out addressBe, out externalPortBe);
        if (!isOpened || addressBe == flow.ExternalAddrBe)
            return isOpened;

        // The connection line names one address: a subscriber whose media leave by another one cannot be helped.
        alg.Counters.LimitPassed++;
        return false;
    }
}
