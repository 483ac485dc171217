using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Inspect.Build;
using Natflow.Inspect.Observe;

namespace Natflow.Fuzz.Targets;

/// <summary>Segments of a TCP connection: a list of flags, relative sequence number, length and bytes.</summary>
internal sealed class StreamTarget : InspectorTarget
{
    private const int HeaderBytes = 5;

    public override string Name => "stream";

    public override int InputBytesMax => 8192;

    public override IEnumerable<byte[]> Seeds()
    {
        byte[] request = "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n1234POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"u8.ToArray();
        byte[] hello = ClientHelloBuilder.Records(ClientHelloBuilder.Message("t.example"u8.ToArray(), keyShareBytes: 600), recordBytesMax: 300);
        byte[] query = [0, 21, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 97, 98, 99, 0, 0, 1, 0, 1];
        yield return [80, .. Segment(2, 0, []), .. Segment(16, 1, request)];
        yield return [80, .. Segment(2, 0, []), .. Segment(16, 61, request[60..]), .. Segment(16, 1, request[..70])];
        yield return [187, .. Segment(16, 1, hello[..200]), .. Segment(16, 401, hello[400..]), .. Segment(16, 201, hello[200..420])];
        yield return [53, .. Segment(16, 1, query[..9]), .. Segment(16, 10, query[9..]), .. Segment(144, 5, request)];
    }

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return 0;
        FlowEnds ends = Ends(input[0], IpProtocol.Tcp);
        input = input[1..];
        while (input.Length >= HeaderBytes)
        {
            byte flags = input[0];
            uint sequence = BinaryPrimitives.ReadUInt16BigEndian(input[1..]);
            int length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(input[3..]), input.Length - HeaderBytes);
            bool isReply = (flags & 0x80) != 0;
            Inspector.OnTcp(isReply ? ends.Reversed : ends, new TcpSegment(sequence, 1, (byte)(flags & 0x7F)), input.Slice(HeaderBytes, length), 0);
            input = input[(HeaderBytes + length)..];
        }

        return Finish();
    }

    private static byte[] Segment(byte flags, ushort sequence, byte[] payload) =>
        [flags, (byte)(sequence >> 8), (byte)sequence, (byte)(payload.Length >> 8), (byte)payload.Length, .. payload];
}
