using System.Net;
using System.Net.Sockets;

namespace Natflow.Testing.Stun;

/// <summary>A STUN server on four UDP sockets and four TCP listeners of this machine: two addresses, two ports. For tests without coturn.</summary>
public sealed class StunServer : IAsyncDisposable
{
    private readonly Socket[] _udp = new Socket[4];
    private readonly TcpListener[] _tcp = new TcpListener[4];
    private readonly StunResponder _responder;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _loops = [];

    private StunServer(IPAddress first, IPAddress second, int port, int otherPort)
    {
        _responder = new StunResponder([first, second], [port, otherPort]);
        for (int i = 0; i < 4; i++)
        {
            IPEndPoint own = _responder.EndPoint(i >> 1, i & 1);
            _udp[i] = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            _tcp[i] = new TcpListener(own);
            _udp[i].Bind(own);
            _tcp[i].Start();
        }
    }

    /// <summary>Where clients begin.</summary>
    public IPEndPoint Primary => _responder.EndPoint(0, 0);

    /// <summary>Starts a server; tries other ports while the system has given some of the four endpoints to somebody else.</summary>
    public static StunServer Start(IPAddress first, IPAddress second)
    {
        for (int attempt = 0; ; attempt++)
        {
            int port = FreePort(first);
            int otherPort = FreePort(second);
            try
            {
                var server = new StunServer(first, second, port, otherPort);
                for (int i = 0; i < 4; i++)
                {
                    int index = i;
                    server._loops.Add(Task.Run(() => server.ServeUdpAsync(index)));
                    server._loops.Add(Task.Run(() => server.ServeTcpAsync(index)));
                }

                return server;
            }
            catch (SocketException) when (attempt < 20)
            {
                // Another process took the port between the question and the bind.
            }
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (TcpListener listener in _tcp)
            listener.Dispose();
        await Task.WhenAll(_loops);
        foreach (Socket socket in _udp)
            socket.Dispose();
        _stop.Dispose();
    }

    private static int FreePort(IPAddress address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(address, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private async Task ServeUdpAsync(int index)
    {
        byte[] buffer = new byte[65_536];
        try
        {
            while (true)
            {
                SocketReceiveFromResult got = await _udp[index].ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
                if (_responder.Respond(buffer.AsSpan(0, got.ReceivedBytes), (IPEndPoint)got.RemoteEndPoint, index >> 1, index & 1) is not { } answer)
                    continue;
                await _udp[(answer.AddressIndex * 2) + answer.PortIndex].SendToAsync(answer.Answer, SocketFlags.None, answer.To, _stop.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // Stopped.
        }
    }

    private async Task ServeTcpAsync(int index)
    {
        byte[] buffer = new byte[2048];
        try
        {
            while (true)
            {
                using TcpClient client = await _tcp[index].AcceptTcpClientAsync(_stop.Token);
                await using NetworkStream stream = client.GetStream();
                int length = await stream.ReadAsync(buffer, _stop.Token);
                if (_responder.Respond(buffer.AsSpan(0, length), (IPEndPoint)client.Client.RemoteEndPoint!, index >> 1, index & 1) is { } answer)
                    await stream.WriteAsync(answer.Answer, _stop.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
        {
            // Stopped.
        }
    }
}
