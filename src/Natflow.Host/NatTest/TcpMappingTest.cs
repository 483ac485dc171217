using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Natflow.Host.NatTest;

/// <summary>The mapping test of RFC 5780 section 4.3 over TCP: three connections from one local port, open at the same time.</summary>
/// <param name="options">What is tested.</param>
/// <param name="time">The clock of all waits.</param>
/// <param name="open">Opens a socket: calls what it is given, perhaps in another network namespace.</param>
internal sealed class TcpMappingTest(NatTestOptions options, TimeProvider time, Func<Func<Socket>, Socket> open)
{
    /// <summary>Runs the test.</summary>
    /// <param name="other">The server's other address and port.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Unknown where the server does not answer over TCP.</returns>
    internal async Task<NatBehaviour> RunAsync(IPEndPoint other, CancellationToken cancellation)
    {
        using Socket first = Make();
        first.Bind(new IPEndPoint(options.Local, 0));
        var local = (IPEndPoint)first.LocalEndPoint!;
        using Socket second = Make();
        using Socket third = Make();
        IPEndPoint? primary = await AskAsync(first, options.Server, cancellation);
        if (primary is null)
            return NatBehaviour.Unknown;
        IPEndPoint? otherAddress = await AskFromAsync(second, local, new IPEndPoint(other.Address, options.Server.Port), cancellation);
        IPEndPoint? otherBoth = await AskFromAsync(third, local, other, cancellation);
        return NatTestRun.Classify(local, primary, otherAddress, otherBoth);
    }

    private Socket Make() => open(() =>
    {
        var socket = new Socket(options.Local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, optionValue: true);
        return socket;
    });

    private async Task<IPEndPoint?> AskFromAsync(Socket socket, IPEndPoint local, IPEndPoint server, CancellationToken cancellation)
    {
        try
        {
            socket.Bind(local);
        }
        catch (SocketException)
        {
            return null;
        }

        return await AskAsync(socket, server, cancellation);
    }

    private async Task<IPEndPoint?> AskAsync(Socket socket, IPEndPoint server, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(options.Timers.TcpWait, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        var request = new StunRequest();
        try
        {
            await socket.ConnectAsync(server, linked.Token);
            await using var stream = new NetworkStream(socket, ownsSocket: false);
            await stream.WriteAsync(request.ToArray(), linked.Token);
            byte[] header = new byte[StunMessage.HeaderBytes];
            await stream.ReadExactlyAsync(header, linked.Token);
            byte[] body = new byte[BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(2))];
            await stream.ReadExactlyAsync(body, linked.Token);
            bool isAnswer = StunMessage.TryParse([.. header, .. body], out StunMessage? message)
                && message!.TransactionId == request.TransactionId && message.Type == StunMessage.BindingSuccess;
            return isAnswer ? message!.MappedAddress : null;
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }
}
