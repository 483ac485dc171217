using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Flows.Alg.Sip;

/// <summary>
/// SIP over UDP and TCP: endpoints in start line, Via and Contact, media endpoints in session descriptions, Content-Length. A message is
/// built anew beside the packet and put in whole, or it passes as it was.
/// </summary>
/// <remarks>
/// In a TCP stream messages are found by counting from the SYN on. A stream that once begins with something else is never looked at again:
/// text that an attacker makes a client send to the server's port must not become a message by a segment's cut.
/// </remarks>
internal sealed class SipAlg(AlgState alg) : IDisposable
{
    private const int MessageBytesMax = 4096;
    private const int MessagesMax = 16;

    private readonly NativeArray<byte> _message = new(MessageBytesMax);
    private readonly NativeArray<byte> _body = new(MessageBytesMax);
    private readonly SipEndpoints _endpoints = alg.MakeSipEndpoints();
    private readonly SessionDescription _description = new(alg);

    /// <summary>Rewrites the message in a datagram.</summary>
    /// <param name="editor">The payload.</param>
    /// <param name="slot">The flow and the side.</param>
    /// <param name="nowMs">Shard clock.</param>
    internal void RewriteDatagram(ref PayloadEditor editor, uint slot, long nowMs)
    {
        ReadOnlySpan<byte> payload = editor.Payload;
        int headBytes = SipText.HeadBytes(payload);
        if (headBytes < 0 || !SipText.IsStartLine(SipText.NextLine(payload)))
            return;
        int bodyBytes = SipText.ContentLength(payload[..headBytes]);
        if (bodyBytes == -2 || bodyBytes > payload.Length - headBytes)
            return;
        int messageBytes = bodyBytes < 0 ? payload.Length : headBytes + bodyBytes;
        if (!TryBuild(payload[..messageBytes], headBytes, slot, nowMs, out int length))
            return;
        if (editor.TryReplace(0, messageBytes, _message.Span[..length]))
            alg.Counters.Rewritten++;
        else
            alg.Counters.LimitPassed++;
    }

    /// <summary>Rewrites the messages of a TCP segment that are whole in it.</summary>
    /// <param name="editor">The payload.</param>
    /// <param name="own">Edits of this direction.</param>
    /// <param name="slot">The flow and the side.</param>
    /// <param name="seq">Sequence number of the payload's first byte, as sent.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <returns>A reason only where a retransmission could not be rewritten as before.</returns>
    internal DropReason RewriteSegment(ref PayloadEditor editor, ref SequenceEdits own, uint slot, uint seq, long nowMs)
    {
        int sentBytes = editor.Length;
        if (!TryReplay(ref editor, in own, slot, seq, sentBytes, nowMs, out int grown))
            return DropReason.HelperLimit;

        int at = (int)(own.LineSeq - seq);
        if (at < 0)
        {
            alg.Counters.Split++; // A segment is missing: where the next message begins cannot be known any more.
            own.IsOpen = false;
        }

        for (int i = 0; i < MessagesMax && own.IsOpen && at < sentBytes; i++)
            at = RewriteNext(ref editor, ref own, slot, seq, at, ref grown, nowMs);
        return DropReason.None;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _message.Dispose();
        _body.Dispose();
    }

    /// <summary>Rewrites one message, if it is whole.</summary>
    /// <returns>Where the next message begins, counted as sent.</returns>
    private int RewriteNext(ref PayloadEditor editor, ref SequenceEdits own, uint slot, uint seq, int at, ref int grown, long nowMs)
    {
        ReadOnlySpan<byte> rest = editor.Payload[(at + grown)..];
        if (rest.StartsWith("\r\n"u8)) // Keep-alive (RFC 5626 section 3.5.1).
        {
            own.LineSeq += 2;
            return at + 2;
        }

        int headBytes = SipText.HeadBytes(rest);
        int bodyBytes = headBytes < 0 || !SipText.IsStartLine(SipText.NextLine(rest)) ? -1 : SipText.ContentLength(rest[..headBytes]);
        if (bodyBytes < 0)
        {
            alg.Counters.Split++;
            own.IsOpen = false;
            return at;
        }

        int messageBytes = headBytes + bodyBytes;
        own.LineSeq += (uint)messageBytes;
        if (messageBytes > rest.Length)
        {
            alg.Counters.Split++;
            return at + messageBytes;
        }

        if (!TryBuild(rest[..messageBytes], headBytes, slot, nowMs, out int length))
            return at + messageBytes;
        if (!editor.TryReplace(at + grown, messageBytes, _message.Span[..length]))
        {
            alg.Counters.LimitPassed++;
            return at + messageBytes;
        }

        grown += length - messageBytes;
        own.Add(new SequenceEdit
        {
            StartSeq = seq + (uint)at,
            EndSeq = seq + (uint)(at + messageBytes),
            Delta = own.LastDelta + length - messageBytes,
            Format = EndpointFormat.Message,
        });
        alg.Counters.Rewritten++;
        return at + messageBytes;
    }

    private bool TryReplay(ref PayloadEditor editor, in SequenceEdits own, uint slot, uint seq, int sentBytes, long nowMs, out int grown)
    {
        grown = 0;
        int before = own.FirstDelta;
        for (int i = 0; i < own.Count; i++)
        {
            ref readonly SequenceEdit edit = ref own[i];
            int start = (int)(edit.StartSeq - seq);
            int end = (int)(edit.EndSeq - seq);
            int expected = end - start + edit.Delta - before;
            before = edit.Delta;
            if (end <= 0 || start >= sentBytes)
                continue;
            bool isWhole = start >= 0 && end <= sentBytes;
            ReadOnlySpan<byte> message = isWhole ? editor.Payload.Slice(start + grown, end - start) : default;
            int headBytes = SipText.HeadBytes(message);
            if (headBytes < 0 || !TryBuild(message, headBytes, slot, nowMs, out int length) || length != expected
                || !editor.TryReplace(start + grown, end - start, _message.Span[..length]))
            {
                alg.Counters.LimitPassed++;
                return false;
            }

            grown += length - (end - start);
            alg.Counters.Rewritten++;
        }

        return true;
    }

    /// <summary>Builds the translated message.</summary>
    /// <returns>False when nothing is to be translated, or not all of it could be: the message passes as it was.</returns>
    private bool TryBuild(ReadOnlySpan<byte> message, int headBytes, uint slot, long nowMs, out int length)
    {
        var output = new SipBuffer(_message.Span);
        var body = new SipBuffer(_body.Span);
        ReadOnlySpan<byte> head = message[..headBytes];
        length = 0;
        int count = 0;
        bool isBodyNew = (slot & 1) == (uint)Side.Lan && HasDescription(head);
        if (isBodyNew && !_description.TryCopy(message[headBytes..], ref body, slot, nowMs, out count))
            return false;
        if (!isBodyNew)
            body.Append(message[headBytes..]);

        for (bool isFirst = true; head.Length != 0; isFirst = false)
        {
            ReadOnlySpan<byte> line = SipText.NextLine(head);
            head = head[line.Length..];
            SipText.Header header = SipText.Classify(line, out int valueOffset);
            if (isFirst ? (slot & 1) == (uint)Side.Wan : header == SipText.Header.Endpoints)
            {
                count += _endpoints.Copy(line, ref output, slot, nowMs);
            }
            else if (!isFirst && header == SipText.Header.ContentLength)
            {
                output.Append(line[..valueOffset]);
                output.Append(body.Length);
                output.Append("\r\n"u8);
            }
            else
            {
                output.Append(line);
            }
        }

        output.Append(body.Written);
        if (output.IsFull || body.IsFull)
            alg.Counters.LimitPassed++;
        length = output.Length;
        return count != 0 && !output.IsFull && !body.IsFull;
    }

    private static bool HasDescription(ReadOnlySpan<byte> head)
    {
        while (head.Length != 0)
        {
            ReadOnlySpan<byte> line = SipText.NextLine(head);
            if (SipText.Classify(line, out _) == SipText.Header.SessionDescription)
                return true;
            head = head[line.Length..];
        }

        return false;
    }
}
