using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Table;

namespace Natflow.Flows.Alg.Ftp;

/// <summary>
/// Rewrites what the subscriber's end of an FTP control connection announces: PORT and EPRT of a client, 227 and 229 of a server behind a
/// port forward. What the far end announces is public already.
/// </summary>
/// <remarks>
/// Lines are read only where one is known to begin, as counted from the SYN on: a text that a segment's cut moves to the front, or that a
/// server is made to echo, is no command.
/// </remarks>
internal sealed class FtpAlg(AlgState alg)
{
    private const int PortMin = 1024; // RFC 2577 section 3: a privileged port is an attack on a service.
    private const int LinesMax = 64;

    /// <summary>Rewrites one segment of the subscriber.</summary>
    /// <param name="editor">Its payload.</param>
    /// <param name="own">Edits of this direction.</param>
    /// <param name="slot">The flow.</param>
    /// <param name="seq">Sequence number of the payload's first byte, as sent.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <returns>A drop reason only where a retransmission could not be rewritten as before: passing it would spoil the stream.</returns>
    internal DropReason Rewrite(ref PayloadEditor editor, ref SequenceEdits own, uint slot, uint seq, long nowMs)
    {
        int sentBytes = editor.Length;
        if (!TryReplay(ref editor, in own, seq, sentBytes, out int grown))
            return DropReason.HelperLimit;

        int from = (int)(own.LineSeq - seq);
        if (from < 0 || from >= sentBytes)
        {
            if (from < 0)
                Resume(ref own, editor.Payload, seq + (uint)sentBytes);
            return DropReason.None;
        }

        int lineSent = from; // Where the line begins as sent; in the payload it is further on by what grew.
        for (int lines = 0; lines < LinesMax; lines++)
        {
            ReadOnlySpan<byte> rest = editor.Payload[(lineSent + grown)..];
            int end = rest.IndexOf((byte)'\n');
            if (end < 0)
            {
                if (rest.Length != 0)
                    alg.Counters.Split++;
                break;
            }

            int lineGrown = RewriteLine(ref editor, ref own, rest[..end], lineSent + grown, seq + (uint)lineSent, slot, nowMs);
            lineSent += end + 1;
            grown += lineGrown;
            own.LineSeq = seq + (uint)lineSent;
        }

        return DropReason.None;
    }

    // A segment beyond the known line: a command was cut, or a segment was lost. The next line begins after the next line end.
    private void Resume(ref SequenceEdits own, ReadOnlySpan<byte> payload, uint endSeq)
    {
        alg.Counters.Split++;
        if (payload[^1] == (byte)'\n')
            own.LineSeq = endSeq;
    }

    private bool TryReplay(ref PayloadEditor editor, in SequenceEdits own, uint seq, int sentBytes, out int grown)
    {
        grown = 0;
        Span<byte> text = stackalloc byte[FtpLine.TextBytesMax];
        for (int i = 0; i < own.Count; i++)
        {
            ref readonly SequenceEdit edit = ref own[i];
            int start = (int)(edit.StartSeq - seq);
            int end = (int)(edit.EndSeq - seq);
            if (end <= 0 || start >= sentBytes)
                continue;
            int length = FtpLine.Write(text, edit.Format, edit.Delimiter, edit.AddrBe, edit.PortBe);
            if (start < 0 || end > sentBytes || !editor.TryReplace(start + grown, end - start, text[..length]))
            {
                alg.Counters.LimitPassed++;
                return false;
            }

            grown += length - (end - start);
            alg.Counters.Rewritten++;
        }

        return true;
    }

    /// <summary>Rewrites the endpoint of a line, if it announces one.</summary>
    /// <returns>Bytes by which the payload grew.</returns>
    private int RewriteLine(
        ref PayloadEditor editor, ref SequenceEdits own, ReadOnlySpan<byte> line, int lineOffset, uint lineSeq, uint slot, long nowMs)
    {
        ref FlowRecord flow = ref alg.FlowOf(slot);
        bool isServer = (flow.Flags & FlowFlags.StartedOutside) != FlowFlags.None;
        if (!FtpLine.TryParse(line, isServer, out FtpEndpoint endpoint))
            return 0;
        bool isOwn = endpoint.AddressBe == flow.InsideAddrBe || (isServer && (endpoint.AddressBe == 0 || endpoint.AddressBe == flow.ExternalAddrBe));
        if (!isOwn || endpoint.Port < PortMin)
        {
            alg.Counters.Refused++;
            return 0;
        }

        var wanted = new Announcement(
            InsidePortBe: BinaryPrimitives.ReverseEndianness(endpoint.Port), Protocol: IpProtocol.Tcp, RemoteAddrBe: RemoteOf(in flow),
            RemotePortBe: 0, IsOnce: true, UntilMs: nowMs + alg.ExpectationLifetimeMs);
        if (!alg.TryExpect(slot, in wanted, nowMs, out uint addressBe, out ushort portBe))
            return 0;

        Span<byte> text = stackalloc byte[FtpLine.TextBytesMax];
        int length = FtpLine.Write(text, endpoint.Format, endpoint.Delimiter, addressBe, portBe);
        bool isReachable = endpoint.Format != EndpointFormat.PortOnly || addressBe == flow.ExternalAddrBe;
        if (!isReachable || !editor.TryReplace(lineOffset + endpoint.Offset, endpoint.LengthBytes, text[..length]))
        {
            alg.Counters.LimitPassed++;
            return 0;
        }

        int grown = length - endpoint.LengthBytes;
        own.Add(new SequenceEdit
        {
            StartSeq = lineSeq + (uint)endpoint.Offset,
            EndSeq = lineSeq + (uint)(endpoint.Offset + endpoint.LengthBytes),
            Delta = own.LastDelta + grown,
            AddrBe = addressBe,
            PortBe = portBe,
            Format = endpoint.Format,
            Delimiter = endpoint.Delimiter,
        });
        alg.Counters.Rewritten++;
        return grown;
    }

    // A hairpinned peer's data connection may come from another of our public addresses than the one it was called by.
    private static uint RemoteOf(in FlowRecord flow) => (flow.Flags & FlowFlags.Hairpin) != FlowFlags.None ? 0 : flow.RemoteAddrBe;
}
