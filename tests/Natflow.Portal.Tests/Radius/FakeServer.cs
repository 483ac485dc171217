using System.Net;
using System.Net.Sockets;
using Natflow.Portal.Radius;

namespace Natflow.Portal.Tests.Radius;

/// <summary>A RADIUS server whose answers the test makes.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    internal static readonly RadiusSecret Secret = new("testing123");

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly Func<RadiusPacket, int, IEnumerable<byte[]>> _answer;
    private readonly Task _serving;
    private int _count;

    /// <summary>Serves.</summary>
    /// <param name="answer">Makes answers of a request and its number, from 1.</param>
    internal FakeServer(Func<RadiusPacket, int, IEnumerable<byte[]>> answer)
    {
        _answer = answer;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _serving = Serve();
    }

    internal RadiusServer Server => new((IPEndPoint)_socket.LocalEndPoint!, Secret);

    internal int RequestCount => Volatile.Read(ref _count);

    internal static byte[] Accept(RadiusPacket request, RadiusSecret? secret = null, bool signed = true)
    {
        var writer = new RadiusWriter(RadiusCode.AccessAccept, request.Identifier);
        if (signed)
            writer.AddSignature();
        return writer.Add(RadiusType.SessionTimeout, 600).Add(RadiusType.Class, "gold").FinishAnswer(request.Authenticator, secret ?? Secret);
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _serving;
    }

    private async Task Serve()
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (true)
            {
                SocketReceiveFromResult received = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                Assert.True(RadiusPacket.TryParse(buffer.AsSpan(0, received.ReceivedBytes), out RadiusPacket request));
                foreach (byte[] answer in _answer(request, Interlocked.Increment(ref _count)))
                    await _socket.SendToAsync(answer, received.RemoteEndPoint);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }
}
