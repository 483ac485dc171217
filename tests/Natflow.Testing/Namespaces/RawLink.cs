using System.Globalization;
using System.Net.Sockets;

namespace Natflow.Testing.Namespaces;

/// <summary>An end of a wire: a plain packet socket without rings, so that a port under test does not talk to itself.</summary>
public sealed class RawLink : IDisposable
{
    private const int FrameBytesMax = 70_000;

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[FrameBytesMax];

    /// <summary>Opens it.</summary>
    /// <param name="place">Namespace of the interface.</param>
    /// <param name="interfaceName">The interface.</param>
    public RawLink(TestNamespace place, string interfaceName)
    {
        int index = int.Parse(place.Run($"cat /sys/class/net/{interfaceName}/ifindex"), CultureInfo.InvariantCulture);
        _socket = place.Invoke(() =>
        {
            var socket = new Socket(AddressFamily.Packet, SocketType.Raw, ProtocolType.Unspecified);
            socket.Bind(new LinkEndPoint(index));
            return socket;
        });
    }

    /// <summary>Sets an option of the socket, by the kernel's numbers.</summary>
    public void SetOption(int level, int option, int value) => _socket.SetRawSocketOption(level, option, BitConverter.GetBytes(value));

    /// <summary>Sends a frame.</summary>
    public void Send(ReadOnlySpan<byte> frame) => Assert.Equal(frame.Length, _socket.Send(frame));

    /// <summary>A frame that has come, or null.</summary>
    public byte[]? TryReceive() => _socket.Available == 0 ? null : _buffer.AsSpan(0, _socket.Receive(_buffer)).ToArray();

    /// <summary>Waits for frames; others are passed over.</summary>
    /// <param name="count">How many.</param>
    /// <param name="isWanted">Which.</param>
    /// <returns>Fewer where they do not come.</returns>
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

    /// <inheritdoc />
    public void Dispose() => _socket.Dispose();
}
