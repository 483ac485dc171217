using System.Buffers.Binary;

namespace Natflow.Inspect.Apps;

/// <summary>Frames of a WebSocket (RFC 6455 section 5.2) in a connection that is met after its upgrade: one whole frame a segment, masked when the client sends it.</summary>
internal static class WebSocketSignature
{
    private const int MaskBytes = 4;
    private const byte LengthMask = 0x7F;
    private const byte Length16 = 126;

    // Text, binary, close, ping, pong; the last frame of its message, no extension.
    private const uint OpcodesKnown = (1 << 1) | (1 << 2) | (1 << 8) | (1 << 9) | (1 << 10);

    internal static Evidence Match(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 2 || payload[0] >> 4 != 8 || ((OpcodesKnown >> (payload[0] & 0x0F)) & 1) == 0)
            return default;
        bool isMasked = (payload[1] & 0x80) != 0;
        int length = payload[1] & LengthMask;
        int headerBytes = 2 + (isMasked ? MaskBytes : 0);
        if (length == Length16 && payload.Length >= 4)
        {
            headerBytes += sizeof(ushort);
            length = BinaryPrimitives.ReadUInt16BigEndian(payload[2..]);
        }

        bool isWhole = length > 0 && length + headerBytes == payload.Length;
        return isWhole ? Evidence.Partial(FlowProtocol.Http, AppSource.None, 0) : default;
    }
}
