using System.Net.Sockets;

namespace Natflow.Portal.Radius;

/// <summary>Asks servers until one answers: each some times, those that answered last before those that did not.</summary>
/// <remarks>Any thread. A socket for each exchange: identifiers never run out, and an answer has to guess a port.</remarks>
internal sealed class RadiusExchange(RadiusSettings settings, TimeProvider clock, Action<string> warn) : IDisposable
{
    private const int ConcurrentMax = 64;
    private static readonly TimeSpan RestTime = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _slots = new(ConcurrentMax);
    private readonly Dictionary<RadiusServer, long> _silentUntil = [];
    private readonly Lock _gate = new();
    private long _refused;

    /// <summary>Datagrams that were no right answer.</summary>
    internal long RefusedCount => Interlocked.Read(ref _refused);

    /// <summary>Asks.</summary>
    /// <param name="servers">Whom, best first.</param>
    /// <param name="make">Makes the request for one of them.</param>
    /// <param name="mustBeSigned">Whether the answer must have a Message-Authenticator.</param>
    /// <param name="end">Ends it.</param>
    /// <returns>The first right answer; null where none came.</returns>
    internal async Task<RadiusPacket?> Ask(IReadOnlyList<RadiusServer> servers, Func<RadiusServer, byte[]> make, bool mustBeSigned, CancellationToken end)
    {
        await _slots.WaitAsync(end);
        try
        {
            foreach (RadiusServer server in InOrder(servers))
            {
                long refused = RefusedCount;
                if (await Ask(server, make(server), mustBeSigned, end) is { } answer)
                {
                    Note(server, isSilent: false, hasWrongAnswers: false);
                    return answer;
                }

                Note(server, isSilent: true, RefusedCount != refused);
            }

            return null;
        }
        finally
        {
            _slots.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _slots.Dispose();

    private async Task<RadiusPacket?> Ask(RadiusServer server, byte[] request, bool mustBeSigned, CancellationToken end)
    {
        using var socket = new Socket(server.EndPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        for (int attempt = 0; attempt < settings.Tries; attempt++)
        {
            using var timeout = new CancellationTokenSource(settings.Timeout, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, end);
            try
            {
                await socket.ConnectAsync(server.EndPoint, either.Token);
                await socket.SendAsync(request, either.Token);
                return await Receive(socket, server, request, mustBeSigned, either.Token);
            }
            catch (Exception error) when (error is SocketException || (error is OperationCanceledException && !end.IsCancellationRequested))
            {
                // Refused, unreachable or silent: asked again, and then the next one.
            }
        }

        return null;
    }

    private async Task<RadiusPacket> Receive(Socket socket, RadiusServer server, byte[] request, bool mustBeSigned, CancellationToken end)
    {
        byte[] buffer = new byte[RadiusPacket.BytesMax];
        while (true)
        {
            int length = await socket.ReceiveAsync(buffer, end);
            if (RadiusPacket.TryParse(buffer.AsSpan(0, length), out RadiusPacket answer) && RadiusAuthenticators.IsAnswer(answer, request, server.Secret, mustBeSigned))
                return answer;
            Interlocked.Increment(ref _refused);
        }
    }

    private List<RadiusServer> InOrder(IReadOnlyList<RadiusServer> servers)
    {
        long now = clock.GetTimestamp();
        lock (_gate)
            return [.. servers.OrderBy(server => _silentUntil.GetValueOrDefault(server, long.MinValue) > now ? 1 : 0)];
    }

    private void Note(RadiusServer server, bool isSilent, bool hasWrongAnswers)
    {
        bool isChange;
        lock (_gate)
        {
            isChange = isSilent ? !_silentUntil.ContainsKey(server) : _silentUntil.Remove(server);
            if (isSilent)
                _silentUntil[server] = clock.GetTimestamp() + (long)(RestTime.TotalSeconds * clock.TimestampFrequency);
        }

        if (isChange)
            warn($"RADIUS server {server.EndPoint} {(isSilent ? Silence(hasWrongAnswers) : "answers again")}");
    }

    private static string Silence(bool hasWrongAnswers) => hasWrongAnswers
        ? "gives answers that are refused: the secrets differ, they are damaged, or they lack the Message-Authenticator (natflow.portal.radius.require-message-authenticator)"
        : "does not answer";
}
