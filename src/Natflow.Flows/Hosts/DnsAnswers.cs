using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Shards;
using Natflow.Flows.Users;
using Natflow.Memory;
using Natflow.Packets.Transport;

namespace Natflow.Flows.Hosts;

/// <summary>Answers DNS questions for refused names in place of the server that was asked (RFC 1035 section 4.1): there is no such name, or it is the portal.</summary>
/// <remarks>Owner thread only; no allocation. Total over any bytes: what is no plain question gets no answer.</remarks>
internal sealed class DnsAnswers(ShardState shard, Umem umem)
{
    private const int HeaderBytes = 12;
    private const int QuestionTailBytes = 4;
    private const int NameBytesMax = 255;
    private const int MessageBytesMax = HeaderBytes + NameBytesMax + QuestionTailBytes;
    private const int RecordBytesMax = 12 + Ipv6Address.SizeBytes;
    private const int LabelBytesMax = 63;
    private const uint TtlSeconds = 10; // Short: the rules, or a login, may let the name through soon.
    private const ushort TypeA = 1;
    private const ushort TypeAaaa = 28;
    private const byte NameErrorCode = 3;

    private readonly AnswerFrame _answer = new(shard, umem);
    private readonly byte[] _message = new byte[MessageBytesMax + RecordBytesMax];

    /// <summary>Turns a question from inside into its answer.</summary>
    /// <param name="frame">Untranslated; on success the answer, with its way.</param>
    /// <param name="userIndex">Its subscriber.</param>
    /// <param name="treatment">NameError or PortalAddress.</param>
    internal bool TryAnswer(ref FrameDescriptor frame, uint userIndex, FlowTreatment treatment)
    {
        ReadOnlySpan<byte> bytes = umem.Frame(frame.FrameOffset, frame.LengthBytes);
        int payload = frame.L4Offset + TransportHeader.UdpBytes;
        if (frame.L4Offset == 0 || bytes.Length < payload)
            return false;
        int length = Write(bytes[payload..], treatment);
        if (length == 0)
            return false;
        Span<byte> addresses = stackalloc byte[AnswerFrame.AddressesBytesMax];
        Span<byte> udp = _answer.TryBegin(ref frame, userIndex, IpProtocol.Udp, TransportHeader.UdpBytes + length, addresses, out int addressesBytes);
        if (udp.IsEmpty)
            return false;
        BitConverter.TryWriteBytes(udp, frame.Key.DstPortBe);
        BitConverter.TryWriteBytes(udp[2..], frame.Key.SrcPortBe);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        udp[6] = udp[7] = 0;
        _message.AsSpan(0, length).CopyTo(udp[TransportHeader.UdpBytes..]);
        AnswerFrame.End(udp, IpProtocol.Udp, addresses[..addressesBytes]);
        return true;
    }

    private int Write(ReadOnlySpan<byte> question, FlowTreatment treatment)
    {
        int length = QuestionEnd(question);
        if (length == 0)
            return 0;
        question[..length].CopyTo(_message);
        Span<byte> message = _message;
        message[2] = (byte)(0x80 | (question[2] & 0x01)); // A response; recursion as it was asked for.
        message[3] = 0x80; // Recursion is there.
        message[4..HeaderBytes].Clear();
        message[5] = 1;
        if (treatment == FlowTreatment.NameError)
            message[3] |= NameErrorCode;
        else
            length += WriteAddress(message, length, BinaryPrimitives.ReadUInt16BigEndian(question[(length - QuestionTailBytes)..]));
        return length;
    }

    // Another type than an address, or a family that the portal has not: the name is there, without such a record.
    private int WriteAddress(Span<byte> message, int offset, ushort type)
    {
        bool isIpv6 = type == TypeAaaa;
        UInt128 address = type is TypeA or TypeAaaa ? shard.Policies.Judge?.PortalAddress(isIpv6) ?? 0 : 0;
        if (address == UInt128.Zero)
            return 0;
        message[7] = 1;
        Span<byte> record = message[offset..];
        BinaryPrimitives.WriteUInt16BigEndian(record, 0xC000 | HeaderBytes); // The name of the question.
        BinaryPrimitives.WriteUInt16BigEndian(record[2..], type);
        BinaryPrimitives.WriteUInt16BigEndian(record[4..], 1);
        BinaryPrimitives.WriteUInt32BigEndian(record[6..], TtlSeconds);
        BinaryPrimitives.WriteUInt16BigEndian(record[10..], (ushort)(isIpv6 ? Ipv6Address.SizeBytes : sizeof(uint)));
        if (isIpv6)
            BinaryPrimitives.WriteUInt128BigEndian(record[12..], address);
        else
            BinaryPrimitives.WriteUInt32BigEndian(record[12..], (uint)address);
        return 12 + (isIpv6 ? Ipv6Address.SizeBytes : sizeof(uint));
    }

    // End of a message's only question; 0 where it has none, or more.
    private static int QuestionEnd(ReadOnlySpan<byte> message)
    {
        if (message.Length < HeaderBytes || (message[2] & 0xF8) != 0 || BinaryPrimitives.ReadUInt16BigEndian(message[4..]) != 1)
            return 0;
        int offset = HeaderBytes;
        while (offset < message.Length && message[offset] is not 0)
        {
            if (message[offset] > LabelBytesMax)
                return 0;
            offset += message[offset] + 1;
        }

        int end = offset + 1 + QuestionTailBytes;
        return end <= Math.Min(message.Length, MessageBytesMax) ? end : 0;
    }
}
