using System.Net;
using System.Net.Sockets;

namespace Natflow.Host.NatTest;

/// <summary>A UDP socket of the system.</summary>
public sealed class UdpStunTransport : IStunTransport
{
    private readonly Socket _socket;
    private readonly IPEndPoint _any;

    /// <summary>Opens a socket on a free port.</summary>
    /// <param name="address">Local address, not the unspecified one: it is compared with what the server sees.</param>
    /// <exception cref="SocketException">The address is not one of this machine's.</exception>
    public UdpStunTransport(IPAddress address)
    {
        _socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        _any = new IPEndPoint(address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        try
        {
            _socket.Bind(new IPEndPoint(address, 0));
        }
        catch
        {
            _socket.Dispose();
            throw;
        }

        Local = (IPEndPoint)_socket.LocalEndPoint!;
    }

    /// <inheritdoc />
    public IPEndPoint Local { get; }

    /// <inheritdoc />
    public async ValueTask SendAsync(ReadOnlyMemory<byte> datagram, IPEndPoint destination, CancellationToken cancellation)
    {
        try
        {
            await _socket.SendToAsync(datagram, SocketFlags.None, destination, cancellation);
        }
        catch (SocketException)
        {
            // Unreachable, or an ICMP error of an earlier datagram: the retransmission tries again, and silence is a result.
        }
    }

    /// <inheritdoc />
    public async ValueTask<(int LengthBytes, IPEndPoint Source)> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                SocketReceiveFromResult result = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, _any, cancellation);
                return (result.ReceivedBytes, (IPEndPoint)result.RemoteEndPoint);
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.MessageSize
                or SocketError.ConnectionRefused or SocketError.HostUnreachable or SocketError.NetworkUnreachable)
            {
                // An ICMP error is no answer: a spoofed one must not end the wait.
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => _socket.Dispose();
}
