using System.Buffers.Binary;

using Natflow.Inspect.Dns;
using Natflow.Inspect.Http;
using Natflow.Inspect.Tls;

namespace Natflow.Inspect.Observe;

/// <summary>Reads the bytes of one direction of a TCP connection, message by message. One owner thread.</summary>
internal sealed class StreamReader(InspectorSettings settings, ObservationWriter writer, InspectorCounters counters)
{
    /// <summary>DNS over TCP (RFC 7766).</summary>
    internal const ushort DnsPort = 53;

    private const int LengthBytes = 2;

    // A body of more than this is no reason to wait for its end.
    private const long AdvanceMax = 1 << 30;

    private readonly byte[] _scratch = new byte[TlsHandshakeReader.MessageBytesMax + 64];

    /// <summary>Reads all messages that are whole.</summary>
    /// <param name="context">The flow.</param>
    /// <param name="stream">Its direction; the mode moves on.</param>
    /// <param name="ends">Sender of the direction first.</param>
    /// <param name="bytes">From the first unread byte on.</param>
    /// <param name="nowNs">Time of the packet.</param>
    /// <returns>How far the stream is read: more than is there where a body follows.</returns>
    internal long Read(ref FlowContext context, ref StreamState stream, in FlowEnds ends, ReadOnlySpan<byte> bytes, long nowNs)
    {
        long done = 0;
        while (done < bytes.Length && stream.Mode != StreamMode.Done)
        {
            ParseStatus status = Step(ref context, ref stream, in ends, bytes[(int)done..], nowNs, out long advance);
            if (status == ParseStatus.NeedMore) break;
            if (status == ParseStatus.NotThis)
            {
                LoseTrack(ref stream);
                return bytes.Length;
            }

            if (advance > AdvanceMax) stream.Mode = StreamMode.Done;
            done += advance;
        }

        return done;
    }

    /// <summary>Reports what a ClientHello says that will never be whole, where its name is already there. Not of captures: there the rest is missing from the record, not from the flow.</summary>
    internal void ReadIncomplete(ref StreamState stream, in FlowEnds ends, bool isFromReply, ReadOnlySpan<byte> bytes, long nowNs)
    {
        if (settings.FollowsConnections || stream.Mode != StreamMode.Tls || TlsHandshakeReader.Recognise(bytes) != ParseStatus.Complete) return;
        if (TlsHandshakeReader.TryReadBody(bytes, _scratch, out ReadOnlySpan<byte> body) == ParseStatus.NotThis) return;
        _ = ClientHelloParser.TryParse(body, isDatagram: false, out ClientHello hello);
        if (hello.HasServerName) writer.WriteHello(ObservationKind.Tls, in ends, isFromReply, nowNs, in hello);
    }

    /// <summary>Leaves a message that makes no sense: what follows may be found again at the start of a segment.</summary>
    internal void LoseTrack(ref StreamState stream) =>
        stream.Mode = settings.FollowsConnections && stream.Mode is not (StreamMode.Tls or StreamMode.Dns or StreamMode.Done)
            ? StreamMode.Resync
            : StreamMode.Done;

    private bool IsEnough(ref readonly FlowContext context) => !settings.FollowsConnections && context.Requests >= settings.RequestsPerFlowMax;

    private static bool IsFromReply(ref readonly FlowContext context, in FlowEnds ends) => (ends == context.Ends) == context.IsReplyFirst;

    private static bool IsText(byte first) => first is (byte)'\r' or (byte)'\n' || char.IsAsciiLetter((char)first);

    private ParseStatus Step(
        ref FlowContext context, ref StreamState stream, in FlowEnds ends, ReadOnlySpan<byte> bytes, long nowNs, out long advance)
    {
        switch (stream.Mode)
        {
            case StreamMode.Start:
                advance = 0;
                return Begin(ref stream, in ends, bytes);
            case StreamMode.HttpHead or StreamMode.Resync:
                return ReadRequest(ref context, ref stream, in ends, bytes, nowNs, out advance);
            case StreamMode.HttpChunk:
                ParseStatus status = ChunkedBody.TryStep(bytes, out advance, out bool isLastChunk);
                if (isLastChunk) stream.Mode = StreamMode.HttpTrailer;
                return status;
            case StreamMode.HttpTrailer:
                status = ChunkedBody.TryStepTrailer(bytes, out advance, out bool isLastLine);
                if (isLastLine) stream.Mode = StreamMode.HttpHead;
                return status;
            case StreamMode.Tls:
                return ReadHello(ref context, ref stream, in ends, bytes, nowNs, out advance);
            default:
                return ReadDns(ref context, in ends, bytes, nowNs, out advance);
        }
    }

    private ParseStatus Begin(ref StreamState stream, in FlowEnds ends, ReadOnlySpan<byte> bytes)
    {
        ParseStatus tls = TlsHandshakeReader.Recognise(bytes);
        if (tls != ParseStatus.NotThis)
        {
            if (tls == ParseStatus.Complete) stream.Mode = StreamMode.Tls;
            return tls;
        }

        if ((ends.ServerPort == DnsPort || ends.ClientPort == DnsPort) && !HttpRequestParser.IsRequest(bytes))
        {
            stream.Mode = StreamMode.Dns;
            return ParseStatus.Complete;
        }

        if (!IsText(bytes[0]))
        {
            stream.Mode = StreamMode.Done;
            return ParseStatus.Complete;
        }

        stream.Mode = StreamMode.HttpHead;
        return ParseStatus.Complete;
    }

    private ParseStatus ReadRequest(
        ref FlowContext context, ref StreamState stream, in FlowEnds ends, ReadOnlySpan<byte> bytes, long nowNs, out long advance)
    {
        advance = 0;
        ParseStatus status = HttpRequestParser.TryParse(bytes, out HttpRequest request);
        if (status != ParseStatus.Complete) return status;

        writer.WriteHttp(in ends, IsFromReply(in context, in ends), nowNs, in request);
        context.Requests++;
        advance = request.HeadBytes + (request.IsChunked ? 0 : request.ContentBytes);
        stream.Mode = request.IsConnect || IsEnough(in context) ? StreamMode.Done
            : request.IsChunked ? StreamMode.HttpChunk
            : StreamMode.HttpHead;
        return ParseStatus.Complete;
    }

    private ParseStatus ReadHello(
        ref FlowContext context, ref StreamState stream, in FlowEnds ends, ReadOnlySpan<byte> bytes, long nowNs, out long advance)
    {
        advance = bytes.Length;
        ParseStatus status = TlsHandshakeReader.TryReadBody(bytes, _scratch, out ReadOnlySpan<byte> body);
        if (status == ParseStatus.NeedMore) return status;
        if (status == ParseStatus.Complete)
        {
            ParseStatus parsed = ClientHelloParser.TryParse(body, isDatagram: false, out ClientHello hello);
            if (parsed == ParseStatus.Complete || hello.HasServerName)
                writer.WriteHello(ObservationKind.Tls, in ends, IsFromReply(in context, in ends), nowNs, in hello);
            else
                counters.HellosMalformed++;
        }

        stream.Mode = StreamMode.Done;
        return ParseStatus.Complete;
    }

    private ParseStatus ReadDns(ref FlowContext context, in FlowEnds ends, ReadOnlySpan<byte> bytes, long nowNs, out long advance)
    {
        advance = 0;
        if (bytes.Length < LengthBytes) return ParseStatus.NeedMore;
        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        if (length < DnsMessageReader.HeaderBytes) return ParseStatus.NotThis;
        if (bytes.Length - LengthBytes < length) return ParseStatus.NeedMore;
        advance = LengthBytes + length;
        writer.WriteDns(in ends, IsFromReply(in context, in ends), nowNs, bytes.Slice(LengthBytes, length), settings.ReportsAnswers);
        return ParseStatus.Complete;
    }
}
