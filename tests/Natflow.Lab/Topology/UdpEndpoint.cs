using System.Net;
using System.Net.Sockets;

namespace Natflow.Lab.Topology;

/// <summary>A UDP socket of a host of the lab.</summary>
internal sealed class UdpEndpoint : IDisposable
{
    private const int DatagramBytesMax = 2048;
    private readonly Socket _socket;

    /// <summary>Opens one.</summary>
    /// <param name="host">Where.</param>
    /// <param name="address">An address of the host.</param>
    /// <param name="port">0 for any.</param>
    internal UdpEndpoint(LabHostShell host, string address, int port = 0)
    {
        _socket = host.Invoke(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), port));
            return socket;
        });
        _socket.ReceiveTimeout = 30_000;
    }

    /// <summary>Its port.</summary>
    internal int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <summary>Whether nothing waits to be received.</summary>
    internal bool IsQuiet => _socket.Available == 0;

    /// <summary>Sends a datagram.</summary>
    internal void Send(ReadOnlySpan<byte> datagram, IPEndPoint to) => Assert.Equal(datagram.Length, _socket.SendTo(datagram, to));

    /// <summary>The next datagram; fails the test if none comes within 30 s.</summary>
    internal (byte[] Datagram, IPEndPoint From) Receive()
    {
        byte[] buffer = new byte[DatagramBytesMax];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        int count = _socket.ReceiveFrom(buffer, ref from);
        return (buffer[..count], (IPEndPoint)from);
    }

    /// <summary>Asks and waits for what comes next.</summary>
    internal byte[] Ask(ReadOnlySpan<byte> question, IPEndPoint server)
    {
        Send(question, server);
        (byte[] answer, IPEndPoint from) = Receive();
        Assert.Equal(server, from);
        return answer;
    }

    /// <inheritdoc />
    public void Dispose() => _socket.Dispose();
}
