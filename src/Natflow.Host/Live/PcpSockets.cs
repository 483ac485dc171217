using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Natflow.Core;
using Natflow.Flows.Pcp;
using Natflow.Gateway;
using Natflow.Gateway.Live;

namespace Natflow.Host.Live;

/// <summary>
/// Port control on the LAN side: a UDP socket an interface, held to it, so that no request comes from elsewhere (RFC 6887 section 18.1). The kernel keeps
/// what is for the box itself; the shard of the subscriber decides.
/// </summary>
internal sealed class PcpSockets : IAsyncDisposable
{
    private const int RequestBytesMax = 1100; // RFC 6887 section 7; one byte more is an error that the server names.
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int BindToDevice = 25; // SO_BINDTODEVICE

    private static readonly IPEndPoint Clients = new(IPAddress.Parse("224.0.0.1"), PcpServer.ClientPort); // RFC 6887 section 14.1.1.

    private readonly DataPlane _plane;
    private readonly CancellationTokenSource _end = new();
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _loops = [];

    private readonly PcpAnnouncer _announcer;

    private PcpSockets(DataPlane plane, TimeProvider clock)
    {
        _plane = plane;
        _announcer = new PcpAnnouncer(Announce, clock);
    }

    /// <summary>Opens the sockets and serves.</summary>
    /// <param name="plane">Its workers run.</param>
    /// <param name="ports">All ports of the gateway.</param>
    /// <param name="hasLostState">Whether leases of an earlier run were not taken up: clients are told to ask anew (RFC 6887 section 14.1.1).</param>
    /// <param name="clock">Time of announcements.</param>
    /// <exception cref="GatewayException">Another server has the port.</exception>
    internal static PcpSockets Start(DataPlane plane, IEnumerable<LivePort> ports, bool hasLostState, TimeProvider clock)
    {
        var server = new PcpSockets(plane, clock);
        try
        {
            foreach (LivePort port in ports.Where(static port => port.Side == Side.Lan))
                server.Add(port);
            if (hasLostState)
                server._announcer.Begin();
            return server;
        }
        catch
        {
            server.Close();
            throw;
        }
    }

    /// <summary>The public addresses changed: a new epoch begins in all shards, and clients are told. Any thread; does not wait.</summary>
    internal void TellStateLost() => _ = BeginEpoch();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        Close();
        await Task.WhenAll(_loops);
        _end.Dispose();
    }

    private async Task BeginEpoch()
    {
        try
        {
            await _plane.BeginPcpEpoch();
            _announcer.Begin();
        }
        catch (Exception error) when (error is TimeoutException or Actors.AskTimeoutException)
        {
            // The gateway is about to end; the next one announces.
        }
    }

    private void Close()
    {
        _announcer.Dispose();
        foreach (Socket socket in _sockets)
            socket.Dispose();
    }

    private void Add(LivePort port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        _sockets.Add(socket);
        try
        {
            socket.SetRawSocketOption(SocketLevel, BindToDevice, Encoding.ASCII.GetBytes(port.InterfaceName));
            socket.Bind(new IPEndPoint(IPAddress.Any, PcpServer.Port));
        }
        catch (SocketException error)
        {
            throw new GatewayException($"{port.InterfaceName}: UDP port {PcpServer.Port} for pcp cannot be opened: {error.Message}");
        }

        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive, 1);
        _loops.Add(Task.Run(() => Serve(socket, port.Zone)));
    }

    private void Announce(byte[] message)
    {
        foreach (Socket socket in _sockets)
        {
            try
            {
                socket.SendTo(message, Clients);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // An interface without address or link: whoever comes there later asks anyway.
            }
        }
    }

    // One request at a time: a flood fills the socket's buffer, not the shard's mailbox.
    private async Task Serve(Socket socket, ushort zone)
    {
        byte[] buffer = new byte[RequestBytesMax + 1];
        while (!_end.IsCancellationRequested)
        {
            try
            {
                SocketReceiveFromResult received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _end.Token);
                var source = (IPEndPoint)received.RemoteEndPoint;
                byte[] answer = await _plane.AskPcp(buffer[..received.ReceivedBytes], AddressBe(source), zone);
                if (answer.Length != 0)
                    await socket.SendToAsync(answer, SocketFlags.None, source, _end.Token);
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (Exception error) when (error is SocketException or TimeoutException or Actors.AskTimeoutException)
            {
                // This client asks again (RFC 6887 section 8.1.1).
            }
        }
    }

    private static uint AddressBe(IPEndPoint source)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        _ = source.Address.TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReverseEndianness(BinaryPrimitives.ReadUInt32BigEndian(bytes));
    }
}
