using System.Buffers.Binary;
using System.Runtime.InteropServices;

using Natflow.Inspect.Dns;
using Natflow.Inspect.Http;
using Natflow.Inspect.Tls;

namespace Natflow.Inspect.Observe;

/// <summary>Writes observations into a batch; what does not fit is counted. One owner thread.</summary>
internal sealed class ObservationWriter(ObservationBatch batch, InspectorCounters counters)
{
    private const int AnswersMax = 32;
    private const int AnswerBytes = 20;

    private readonly byte[] _name = new byte[DnsMessageReader.NameTextMax];
    private readonly byte[] _alpn = new byte[512];
    private readonly byte[] _answers = new byte[AnswersMax * AnswerBytes];

    /// <summary>A request.</summary>
    internal void WriteHttp(in FlowEnds ends, bool isFromReply, long nowNs, in HttpRequest request)
    {
        Observation observation = Make(ObservationKind.Http, in ends, isFromReply, nowNs);
        if (request.HasHost) observation.Flags |= ObservationFlags.HasName;
        bool isKept = batch.TryAddText(request.Method, out observation.Method)
            && batch.TryAddText(request.Host, out observation.Name)
            && batch.TryAddText(request.Target, out observation.Uri);
        Add(in observation, isKept);
    }

    /// <summary>A ClientHello.</summary>
    /// <param name="kind">TLS, QUIC or DTLS.</param>
    /// <param name="ends">The client first.</param>
    /// <param name="isFromReply">The client did not begin the flow.</param>
    /// <param name="nowNs">Time of the packet.</param>
    /// <param name="hello">The hello.</param>
    internal void WriteHello(ObservationKind kind, in FlowEnds ends, bool isFromReply, long nowNs, in ClientHello hello)
    {
        Observation observation = Make(kind, in ends, isFromReply, nowNs);
        observation.Detail = hello.Version;
        if (hello.HasServerName) observation.Flags |= ObservationFlags.HasName;
        if (hello.IsEncrypted) observation.Flags |= ObservationFlags.EncryptedHello;
        bool isKept = batch.TryAddText(hello.ServerName, out observation.Name)
            && batch.TryAddText(_alpn.AsSpan(0, JoinAlpn(hello.AlpnList)), out observation.Alpn);
        Add(in observation, isKept);
    }

    /// <summary>All questions of a query, or the first question of an answer with its addresses.</summary>
    /// <param name="ends">Sender first.</param>
    /// <param name="isFromReply">The sender did not begin the flow.</param>
    /// <param name="nowNs">Time of the packet.</param>
    /// <param name="message">The message.</param>
    /// <param name="reportsAnswers">Answers are wanted.</param>
    internal void WriteDns(in FlowEnds ends, bool isFromReply, long nowNs, ReadOnlySpan<byte> message, bool reportsAnswers)
    {
        var reader = new DnsMessageReader(message);
        if (!reader.IsStandard) return;
        if (reader.IsResponse)
        {
            if (reportsAnswers) WriteAnswer(ends.Reversed, !isFromReply, nowNs, ref reader);
            return;
        }

        while (reader.TryReadQuestion(_name, out int nameBytes, out ushort type))
        {
            if (nameBytes == 0)
            {
                counters.DnsMalformed++;
                continue;
            }

            Observation observation = Make(ObservationKind.Dns, in ends, isFromReply, nowNs);
            observation.Flags |= ObservationFlags.HasName;
            observation.Detail = type;
            Add(in observation, batch.TryAddText(_name.AsSpan(0, nameBytes), out observation.Name));
        }
    }

    private static Observation Make(ObservationKind kind, in FlowEnds ends, bool isFromReply, long nowNs) => new()
    {
        Kind = kind,
        Flags = isFromReply ? ObservationFlags.FromReply : ObservationFlags.None,
        Ends = ends,
        TimestampNs = nowNs,
    };

    private void WriteAnswer(in FlowEnds ends, bool isFromReply, long nowNs, ref DnsMessageReader reader)
    {
        if (!reader.TryReadQuestion(_name, out int nameBytes, out ushort type) || nameBytes == 0) return;
        bool isKept = batch.TryAddText(_name.AsSpan(0, nameBytes), out TextRange name);
        while (reader.TryReadQuestion(_name, out _, out _))
        {
            // The addresses come after all questions.
        }

        int length = 0;
        while (length < _answers.Length && reader.TryReadAddress(out ReadOnlySpan<byte> address, out uint ttlSeconds))
        {
            Span<byte> record = _answers.AsSpan(length, AnswerBytes);
            if (address.Length == sizeof(uint)) FlowEnds.Map(MemoryMarshal.Read<uint>(address)).Write(record);
            else address.CopyTo(record);
            BinaryPrimitives.WriteUInt32BigEndian(record[16..], ttlSeconds);
            length += AnswerBytes;
        }

        if (length == 0) return;
        Observation observation = Make(ObservationKind.DnsAnswer, in ends, isFromReply, nowNs);
        observation.Flags |= ObservationFlags.HasName;
        observation.Detail = type;
        observation.Name = name;
        Add(in observation, isKept && batch.TryAddText(_answers.AsSpan(0, length), out observation.Addresses));
    }

    private int JoinAlpn(ReadOnlySpan<byte> list)
    {
        int length = 0;
        while (!list.IsEmpty)
        {
            int nameBytes = list[0];
            if (nameBytes > list.Length - 1 || length + nameBytes + 1 > _alpn.Length) break;
            if (length > 0) _alpn[length++] = (byte)',';
            list.Slice(1, nameBytes).CopyTo(_alpn.AsSpan(length));
            length += nameBytes;
            list = list[(1 + nameBytes)..];
        }

        return length;
    }

    private void Add(in Observation observation, bool isKept)
    {
        if (isKept && batch.TryAdd(in observation))
            counters.Observations++;
        else
            counters.BatchFull++;
    }
}
