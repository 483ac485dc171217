using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Natflow.Host.Lab.Servers;

/// <summary>Answers DNS questions (RFC 1035) for one name, over UDP and TCP; every other name does not exist.</summary>
internal sealed class DnsResponder
{
    private const int HeaderBytes = 12;
    private const int MessageBytesMax = 4096;
    private const ushort TypeA = 1;
    private const ushort TypeText = 16;
    private const ushort TypeAaaa = 28;
    private const ushort NoError = 0;
    private const ushort FormatError = 1;
    private const ushort NoSuchName = 3;

    private readonly string _name;

    /// <summary>For one name.</summary>
    internal DnsResponder(string name) => _name = name;

    /// <summary>The answer to a question.</summary>
    /// <param name="question">The message; any bytes.</param>
    /// <param name="asker">Who asked: type TXT answers it, so that a host sees its public address.</param>
    /// <returns>The answer; empty where there is nothing to answer to.</returns>
    internal byte[] Answer(ReadOnlySpan<byte> question, IPEndPoint asker)
    {
        if (question.Length < HeaderBytes || (question[2] & 0x80) != 0)
            return [];
        if (!TryReadQuestion(question, out string name, out ushort type, out int end))
            return [.. Header(question, FormatError, questionCount: 0, answerCount: 0)];

        bool isKnown = name.Equals(_name, StringComparison.OrdinalIgnoreCase);
        byte[] value = isKnown ? Value(type, asker) : [];
        byte[] header = Header(question, isKnown ? NoError : NoSuchName, questionCount: 1, answerCount: value.Length > 0 ? 1 : 0);
        return [.. header, .. question[HeaderBytes..end], .. value.Length > 0 ? Record(type, value) : []];
    }

    /// <summary>Answers over UDP until cancelled.</summary>
    internal async Task ServeUdp(Socket socket, CancellationToken end)
    {
        byte[] buffer = new byte[MessageBytesMax];
        while (!end.IsCancellationRequested)
        {
            try
            {
                SocketReceiveFromResult received = await socket.ReceiveFromAsync(buffer, socket.LocalEndPoint!, end);
                byte[] answer = Answer(buffer.AsSpan(0, received.ReceivedBytes), (IPEndPoint)received.RemoteEndPoint);
                if (answer.Length > 0)
                    await socket.SendToAsync(answer, received.RemoteEndPoint, end);
            }
            catch (SocketException)
            {
                // An error about an earlier answer: its asker has gone.
            }
        }
    }

    /// <summary>Answers over one TCP connection until its other end closes it: each message after its length (RFC 1035 section 4.2.2).</summary>
    internal async Task ServeTcp(Socket socket, CancellationToken end)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: false);
        byte[] prefix = new byte[sizeof(ushort)];
        while (await stream.ReadAtLeastAsync(prefix, prefix.Length, throwOnEndOfStream: false, end) == prefix.Length)
        {
            byte[] question = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
            await stream.ReadExactlyAsync(question, end);
            byte[] answer = Answer(question, (IPEndPoint)socket.RemoteEndPoint!);
            if (answer.Length == 0) return;
            BinaryPrimitives.WriteUInt16BigEndian(prefix, (ushort)answer.Length);
            await stream.WriteAsync((byte[])[.. prefix, .. answer], end);
        }
    }

    private static byte[] Value(ushort type, IPEndPoint asker)
    {
        switch (type)
        {
            case TypeA:
                return IPAddress.Parse(LabPlan.HostX).GetAddressBytes();
            case TypeAaaa:
                return IPAddress.Parse(LabPlan.HostX6).GetAddressBytes();
            case TypeText:
                IPAddress address = asker.Address.IsIPv4MappedToIPv6 ? asker.Address.MapToIPv4() : asker.Address;
                byte[] text = Encoding.ASCII.GetBytes(new IPEndPoint(address, asker.Port).ToString());
                return [(byte)text.Length, .. text];
            default:
                return [];
        }
    }

    private static bool TryReadQuestion(ReadOnlySpan<byte> message, out string name, out ushort type, out int end)
    {
        var labels = new List<string>();
        name = string.Empty;
        type = 0;
        end = HeaderBytes;
        while (end < message.Length && message[end] is > 0 and < 64 && end + 1 + message[end] < message.Length)
        {
            labels.Add(Encoding.ASCII.GetString(message.Slice(end + 1, message[end])));
            end += 1 + message[end];
        }

        // What is left: the root label, type and class.
        if (end + 5 > message.Length || message[end] != 0) return false;
        name = string.Join('.', labels);
        type = BinaryPrimitives.ReadUInt16BigEndian(message[(end + 1)..]);
        end += 5;
        return true;
    }

    private static byte[] Header(ReadOnlySpan<byte> question, ushort code, ushort questionCount, int answerCount)
    {
        byte[] header = new byte[HeaderBytes];
        question[..2].CopyTo(header);
        // A response, authoritative; "recursion desired" as it was asked.
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)(0x8400 | ((question[2] & 1) << 8) | code));
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(4), questionCount);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(6), (ushort)answerCount);
        return header;
    }

    private static byte[] Record(ushort type, byte[] value)
    {
        // A pointer to the question's name, the type, class IN, a lifetime of 60 s, the value.
        byte[] record = [0xC0, HeaderBytes, 0, 0, 0, 1, 0, 0, 0, 60, 0, 0, .. value];
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(2), type);
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(10), (ushort)value.Length);
        return record;
    }
}
