using System.Net;
using System.Net.Sockets;
using Natflow.Actors;
using Natflow.Portal.Sessions;

namespace Natflow.Portal.Radius;

/// <summary>
/// Hears of RADIUS servers that want to end or change sessions (RFC 5176). What is not of a known address, or not signed by its secret, gets no answer; a request that comes
/// again gets the answer that it got; one that is old is refused.
/// </summary>
internal sealed class DynamicAuthorization : IAsyncDisposable
{
    private const int AnswersKept = 256;
    private const int WindowSeconds = 300;
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    private readonly RadiusSettings _settings;
    private readonly IActorRef _sessions;
    private readonly TimeProvider _clock;
    private readonly Socket _socket;
    private readonly CancellationTokenSource _end = new();
    private readonly Queue<(string Key, byte[] Answer)> _answers = [];
    private readonly Task _serving;
    private long _refused;

    private DynamicAuthorization(RadiusSettings settings, IActorRef sessions, TimeProvider clock, Socket socket)
    {
        _settings = settings;
        _sessions = sessions;
        _clock = clock;
        _socket = socket;
        _serving = Serve();
    }

    /// <summary>Where it listens.</summary>
    internal IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Datagrams that got no answer.</summary>
    internal long RefusedCount => Interlocked.Read(ref _refused);

    /// <summary>Opens the socket and serves.</summary>
    /// <exception cref="SocketException">The port is taken, or the address is not the box's.</exception>
    internal static DynamicAuthorization Start(RadiusSettings settings, IActorRef sessions, TimeProvider clock)
    {
        IPEndPoint endPoint = settings.DynamicAuthorization!;
        var socket = new Socket(endPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Bind(endPoint);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return new DynamicAuthorization(settings, sessions, clock, socket);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _socket.Dispose();
        await _serving;
        _end.Dispose();
    }

    private async Task Serve()
    {
        byte[] buffer = new byte[RadiusPacket.BytesMax];
        while (!_end.IsCancellationRequested)
        {
            try
            {
                SocketReceiveFromResult received = await _socket.ReceiveFromAsync(buffer, new IPEndPoint(_socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0), _end.Token);
                var sender = (IPEndPoint)received.RemoteEndPoint;
                byte[]? answer = await Answer(buffer.AsMemory(0, received.ReceivedBytes), sender.Address);
                if (answer is null)
                    Interlocked.Increment(ref _refused);
                else
                    await _socket.SendToAsync(answer, sender, _end.Token);
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The end, or an error about an earlier answer.
            }
        }
    }

    private async Task<byte[]?> Answer(ReadOnlyMemory<byte> datagram, IPAddress sender)
    {
        if (!RadiusPacket.TryParse(datagram.Span, out RadiusPacket packet) || packet.Code is not (RadiusCode.CoaRequest or RadiusCode.DisconnectRequest))
            return null;
        IPAddress plain = sender.IsIPv4MappedToIPv6 ? sender.MapToIPv4() : sender;
        RadiusSecret? secret = _settings.DynamicClients.Where(client => client.EndPoint.Address.Equals(plain)).Select(static client => client.Secret)
            .FirstOrDefault(secret => RadiusAuthenticators.IsRequest(packet, secret));
        if (secret is null)
            return null;
        string key = $"{plain} {Convert.ToHexString(packet.Bytes.AsSpan(0, RadiusPacket.HeaderBytes))}";
        if (_answers.FirstOrDefault(kept => kept.Key == key) is { Answer: { } again })
            return again;
        byte[] answer = Write(packet, await Decide(packet), secret);
        _answers.Enqueue((key, answer));
        if (_answers.Count > AnswersKept)
            _answers.Dequeue();
        return answer;
    }

    private async Task<uint> Decide(RadiusPacket packet)
    {
        if (packet.Number(RadiusType.EventTimestamp) is { } at && Math.Abs(_clock.GetUtcNow().ToUnixTimeSeconds() - at) > WindowSeconds)
            return DynamicError.InvalidRequest;
        if (packet.Text(RadiusType.NasIdentifier) is { } nas && nas != _settings.NasIdentifier)
            return DynamicError.NasMismatch;
        if (RadiusGrant.IsMalformed(packet))
            return DynamicError.InvalidAttributeValue;
        try
        {
            return (await _sessions.Ask<DynamicAnswer>(new DynamicRequest(packet), AnswerTimeout)).Error;
        }
        catch (AskTimeoutException)
        {
            return DynamicError.ResourcesUnavailable;
        }
    }

    private static byte[] Write(RadiusPacket packet, uint error, RadiusSecret secret)
    {
        bool isChange = packet.Code == RadiusCode.CoaRequest;
        RadiusCode code = error == 0 ? (isChange ? RadiusCode.CoaAck : RadiusCode.DisconnectAck) : isChange ? RadiusCode.CoaNak : RadiusCode.DisconnectNak;
        var writer = new RadiusWriter(code, packet.Identifier);
        writer.AddSignature();
        if (error != 0)
            writer.Add(RadiusType.ErrorCause, error);
        foreach (byte[] state in packet.All(RadiusType.ProxyState)) // Goes back as it came (RFC 5176 section 3.1).
            writer.Add(RadiusType.ProxyState, state);
        return writer.FinishAnswer(packet.Authenticator, secret);
    }
}
