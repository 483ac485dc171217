using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;

namespace Natflow.Host.Lab.Servers;

/// <summary>
/// The servers of an outside host: HTTP, HTTPS, DNS over UDP and TCP, echo over UDP and TCP (RFC 862). On all addresses of the network
/// namespace of the process.
/// </summary>
public static class LabServers
{
    private const int EchoPort = 7;
    private const int DnsPort = 53;
    private const int Backlog = 8192;
    private const int EchoBytesMax = 65536;

    /// <summary>Serves until cancelled.</summary>
    /// <param name="onReady">Told once when all listen.</param>
    /// <param name="end">Ends all.</param>
    /// <exception cref="SocketException">A port is taken.</exception>
    public static async Task Run(Action onReady, CancellationToken end)
    {
        ArgumentNullException.ThrowIfNull(onReady);
        var dns = new DnsResponder(LabPlan.DnsName);
        await using WebApplication web = await WebServer.Start();
        Socket[] dnsUdp = [.. OwnAddresses().Select(static address => Datagrams(address, DnsPort))];
        Socket[] echoUdp = [.. OwnAddresses().Select(static address => Datagrams(address, EchoPort))];
        using Socket dnsTcp = Listen(DnsPort);
        using Socket echoTcp = Listen(EchoPort);
        onReady();
        try
        {
            await Task.WhenAll(
            [
                .. dnsUdp.Select(socket => dns.ServeUdp(socket, end)),
                .. echoUdp.Select(socket => EchoDatagrams(socket, end)),
                Accept(dnsTcp, dns.ServeTcp, end),
                Accept(echoTcp, Echo, end),
            ]);
        }
        catch (OperationCanceledException)
        {
            // The end that was asked for.
        }
        finally
        {
            foreach (Socket socket in dnsUdp.Concat(echoUdp))
                socket.Dispose();
        }
    }

    private static async Task Accept(Socket listener, Func<Socket, CancellationToken, Task> serve, CancellationToken end)
    {
        while (true)
        {
            Socket connection = await listener.AcceptAsync(end);
            _ = Serve(connection, serve, end);
        }
    }

    private static async Task Serve(Socket connection, Func<Socket, CancellationToken, Task> serve, CancellationToken end)
    {
        using (connection)
        {
            try
            {
                await serve(connection, end);
            }
            catch (Exception error) when (error is SocketException or IOException or OperationCanceledException)
            {
                // The other end went: the next one is served all the same.
            }
        }
    }

    private static async Task Echo(Socket connection, CancellationToken end)
    {
        byte[] buffer = new byte[4096];
        while (await connection.ReceiveAsync(buffer, end) is > 0 and int length)
        {
            for (int sent = 0; sent < length;)
                sent += await connection.SendAsync(buffer.AsMemory(sent, length - sent), end);
        }
    }

    private static async Task EchoDatagrams(Socket socket, CancellationToken end)
    {
        byte[] buffer = new byte[EchoBytesMax];
        while (true)
        {
            try
            {
                SocketReceiveFromResult received = await socket.ReceiveFromAsync(buffer, socket.LocalEndPoint!, end);
                await socket.SendToAsync(buffer.AsMemory(0, received.ReceivedBytes), received.RemoteEndPoint, end);
            }
            catch (SocketException)
            {
                // An error about an earlier echo: its sender has gone.
            }
        }
    }

    // A datagram socket for each address: one for all would answer from the first, whichever was asked.
    private static IEnumerable<IPAddress> OwnAddresses() => NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(static link => link.GetIPProperties().UnicastAddresses)
        .Select(static unicast => unicast.Address)
        .Where(static address => !address.IsIPv6LinkLocal);

    private static Socket Datagrams(IPAddress address, int port)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(address, port));
        return socket;
    }

    private static Socket Listen(int port)
    {
        var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
        socket.Listen(Backlog);
        return socket;
    }
}
