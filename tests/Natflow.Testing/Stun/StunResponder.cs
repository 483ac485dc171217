using System.Buffers.Binary;
using System.Net;

namespace Natflow.Testing.Stun;

/// <summary>
/// The decisions of a STUN server with two addresses and two ports (RFC 5780 section 6), without sockets. Written byte by byte, so that
/// it shares no code with the client under test.
/// </summary>
/// <param name="addresses">Two addresses.</param>
/// <param name="ports">Two ports.</param>
public sealed class StunResponder(IPAddress[] addresses, int[] ports)
{
    private const uint Cookie = 0x2112_A442;

    /// <summary>An own endpoint.</summary>
    /// <param name="addressIndex">0 or 1.</param>
    /// <param name="portIndex">0 or 1.</param>
    public IPEndPoint EndPoint(int addressIndex, int portIndex) => new(addresses[addressIndex], ports[portIndex]);

    /// <summary>Answers a request.</summary>
    /// <param name="request">Any bytes.</param>
    /// <param name="source">Where it came from.</param>
    /// <param name="addressIndex">Own address it came to.</param>
    /// <param name="portIndex">Own port it came to.</param>
    /// <returns>The answer, where it goes and from which own endpoint; null for what is no binding request.</returns>
    public (byte[] Answer, IPEndPoint To, int AddressIndex, int PortIndex)? Respond(
        ReadOnlySpan<byte> request, IPEndPoint source, int addressIndex, int portIndex)
    {
        if (request.Length < 20 || BinaryPrimitives.ReadUInt16BigEndian(request) != 1 || BinaryPrimitives.ReadUInt32BigEndian(request[4..]) != Cookie)
            return null;
        int from = addressIndex;
        int fromPort = portIndex;
        int toPort = source.Port;
        for (int at = 20; at + 4 <= request.Length;)
        {
            int type = BinaryPrimitives.ReadUInt16BigEndian(request[at..]);
            int length = BinaryPrimitives.ReadUInt16BigEndian(request[(at + 2)..]);
            if (at + 4 + length > request.Length)
                return null;
            if (type == 3)
            {
                from ^= (request[at + 7] & 4) >> 2;
                fromPort ^= (request[at + 7] & 2) >> 1;
            }
            else if (type == 0x27)
            {
                toPort = BinaryPrimitives.ReadUInt16BigEndian(request[(at + 4)..]);
            }

            at += 4 + ((length + 3) & ~3);
        }

        byte[] body =
        [
            .. Address(0x0020, source, isXor: true),
            .. Address(0x802B, EndPoint(from, fromPort), isXor: false),
            .. Address(0x802C, EndPoint(addressIndex ^ 1, portIndex ^ 1), isXor: false),
        ];
        byte[] answer = [1, 1, 0, (byte)body.Length, .. request.Slice(4, 16), .. body];
        return (answer, new IPEndPoint(source.Address, toPort), from, fromPort);
    }

    private static byte[] Address(int type, IPEndPoint endPoint, bool isXor)
    {
        byte[] address = endPoint.Address.GetAddressBytes();
        byte[] mask = [0x21, 0x12, 0xA4, 0x42];
        int port = isXor ? endPoint.Port ^ 0x2112 : endPoint.Port;
        for (int i = 0; isXor && i < 4; i++)
            address[i] ^= mask[i];
        return [(byte)(type >> 8), (byte)type, 0, 8, 0, 1, (byte)(port >> 8), (byte)port, .. address];
    }
}
