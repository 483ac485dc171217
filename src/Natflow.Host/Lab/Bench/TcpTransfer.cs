using System.Net;
using System.Net.Sockets;
using Natflow.Netlink;

namespace Natflow.Host.Lab.Bench;

/// <summary>A TCP connection between two namespaces, and its rate when one end sends all it can.</summary>
internal sealed class TcpTransfer : IDisposable
{
    private const int PieceBytes = 256 << 10;
    private const int Port = 7005;
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1);

    private readonly string _lan;
    private readonly string _wan;
    private readonly IPEndPoint _server;
    private Socket? _inside;
    private Socket? _outside;
    private long _received;

    /// <summary>Prepares.</summary>
    /// <param name="lan">Namespace of the client.</param>
    /// <param name="wan">Namespace of the server.</param>
    /// <param name="server">The server's address there.</param>
    internal TcpTransfer(string lan, string wan, string server)
    {
        _lan = lan;
        _wan = wan;
        _server = new IPEndPoint(IPAddress.Parse(server), Port);
    }

    /// <summary>Connects, sends, counts what arrives.</summary>
    /// <param name="isUp">From inside to outside, else back.</param>
    /// <returns>Gbit/s of payload.</returns>
    /// <exception cref="LabException">They cannot connect, or nothing arrives.</exception>
    internal double Measure(bool isUp)
    {
        try
        {
            Connect();
        }
        catch (SocketException error)
        {
            throw new LabException($"no connection to {_server}: {error.Message}");
        }

        Volatile.Write(ref _received, 0);
        (Socket from, Socket to) = isUp ? (_inside!, _outside!) : (_outside!, _inside!);
        var sender = new Thread(() => Send(from)) { Name = "sender" };
        var receiver = new Thread(() => Receive(to)) { Name = "receiver" };
        receiver.Start();
        sender.Start();
        using var never = new ManualResetEvent(initialState: false);
        _ = never.WaitOne(WarmUp);
        long start = TimeProvider.System.GetTimestamp();
        long before = Volatile.Read(ref _received);
        _ = never.WaitOne(Duration);
        long bytes = Volatile.Read(ref _received) - before;
        double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        Dispose();
        sender.Join();
        receiver.Join();
        return bytes != 0 ? bytes * 8 / seconds / 1e9 : throw new LabException($"nothing arrived from {_server}");
    }

    /// <inheritdoc />
    public void Dispose()
    {
        // An orderly end would first deliver what is under way.
        _inside?.Close(0);
        _outside?.Close(0);
    }

    private void Connect()
    {
        using Socket listener = NetworkNamespace.Run(_wan, () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, optionValue: true);
            socket.Bind(_server);
            socket.Listen();
            return socket;
        });
        _inside = NetworkNamespace.Run(_lan, () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(_server);
            return socket;
        });
        _outside = listener.Accept();
    }

    private static void Send(Socket socket)
    {
        byte[] piece = new byte[PieceBytes];
        try
        {
            while (socket.Send(piece) != 0)
            {
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The measurement is over.
        }
    }

    private void Receive(Socket socket)
    {
        byte[] piece = new byte[PieceBytes];
        try
        {
            for (int count = socket.Receive(piece); count != 0; count = socket.Receive(piece))
                Volatile.Write(ref _received, _received + count);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The measurement is over.
        }
    }
}
