using System.Net.Sockets;
using System.Runtime.InteropServices;
using Natflow.Ports.AfPacket;
using Natflow.Testing.Namespaces;

namespace Natflow.Ports.Tests.Wire;

/// <summary>The far end of a wire: a plain packet socket without rings, so that a port under test does not talk to itself.</summary>
internal sealed class RawLink : IDisposable
{
    private const int FrameBytesMax = 70_000;
    private const int SegmentationHeaderOption = 15;

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[FrameBytesMax];

    public RawLink(TestNamespace place, string interfaceName) => _socket = place.Invoke(() =>
    {
        var socket = new Socket(AddressFamily.Packet, SocketType.Raw, ProtocolType.Unspecified);
        socket.Bind(new LinkEndPoint(LinkControl.IndexOf(interfaceName)));
        return socket;
    });

    public void Send(ReadOnlySpan<byte> frame) => Assert.Equal(frame.Length, _socket.Send(frame));

    /// <summary>Sends a frame that the kernel is told to take for unfinished; from then on only those can be sent.</summary>
    public void SendUnfinished(SegmentationHeader header, byte[] frame)
    {
        _socket.SetRawSocketOption(SocketNative.LevelPacket, SegmentationHeaderOption, BitConverter.GetBytes(1));
        byte[] message = new byte[SegmentationHeader.SizeBytes + frame.Length];
        MemoryMarshal.Write(message, header);
        frame.CopyTo(message, SegmentationHeader.SizeBytes);
        Send(message);
    }

    public byte[]? TryReceive() => _socket.Available == 0 ? null : _buffer.AsSpan(0, _socket.Receive(_buffer)).ToArray();

    public List<byte[]> Receive(int count, Func<byte[], bool> isWanted)
    {
        var frames = new List<byte[]>();
        Patience.Until(() =>
        {
            while (frames.Count < count && TryReceive() is { } frame)
            {
                if (isWanted(frame))
                    frames.Add(frame);
            }

            return frames.Count == count;
        });
        return frames;
    }

    public void Dispose() => _socket.Dispose();
}
