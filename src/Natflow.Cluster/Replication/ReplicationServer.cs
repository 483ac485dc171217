using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Natflow.Cluster.Replication;

/// <summary>
/// The owner's side: listens for the life of the process, so that "connection refused" proves that the process is dead, and sends each standby the log of the
/// shard that it asks for.
/// </summary>
/// <remarks>Any thread.</remarks>
public sealed class ReplicationServer : IAsyncDisposable
{
    private static readonly TimeSpan PingInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan HelloTimeout = TimeSpan.FromSeconds(2);

    private readonly TcpListener _listener;
    private readonly ReplicationSecurity _security;
    private readonly TimeProvider _clock;
    private readonly Func<int, long, Task<ReplicationLog?>> _openLog;
    private readonly Func<int, Task> _restart;
    private readonly PeerQuestions _questions;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<(int Shard, string Node), StandbyProgress> _progress = new();
    private readonly Task _accepting;

    /// <summary>Listens.</summary>
    /// <param name="endpoint">Where.</param>
    /// <param name="openLog">The log of a shard that is owned under a token; null where it is not.</param>
    /// <param name="restart">Begins a whole copy in a shard's log.</param>
    /// <param name="questions">Answers what other nodes ask.</param>
    /// <param name="security">TLS, where there is any; the server's afterwards.</param>
    /// <param name="clock">Time.</param>
    /// <exception cref="SocketException">The address is taken, or not this machine's.</exception>
    internal ReplicationServer(IPEndPoint endpoint, Func<int, long, Task<ReplicationLog?>> openLog, Func<int, Task> restart, PeerQuestions questions, ReplicationSecurity security, TimeProvider clock)
    {
        _security = security;
        _questions = questions;
        _openLog = openLog;
        _restart = restart;
        _clock = clock;
        _listener = new TcpListener(endpoint);
        _listener.Start();
        _accepting = Task.Run(Accept);
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Endpoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Connections that ended because what came was no frame.</summary>
    public long MalformedCount { get; private set; }

    /// <summary>Last frame that a standby has applied of a shard's log; 0 for none.</summary>
    public long Acknowledged(int shard, string node) => _progress.TryGetValue((shard, node), out StandbyProgress? progress) ? progress.Applied : 0;

    /// <summary>Last frame of a shard's log that every standby with a connection has applied; null where none has one.</summary>
    public long? LowestAcknowledged(int shard)
    {
        long? lowest = null;
        foreach (KeyValuePair<(int Shard, string Node), StandbyProgress> pair in _progress)
        {
            if (pair.Key.Shard == shard)
                lowest = Math.Min(lowest ?? long.MaxValue, pair.Value.Applied);
        }

        return lowest;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _security.Dispose();
        _end.Dispose();
    }

    private async Task Accept()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                Socket socket = await _listener.AcceptSocketAsync(_end.Token);
                _ = Task.Run(() => Serve(socket));
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The end, or a connection that was gone before it was accepted.
            }
        }
    }

    private async Task Serve(Socket socket)
    {
        socket.NoDelay = true;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        await using var plain = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await using Stream stream = await _security.AsServer(plain, over.Token);
            using var hello = new CancellationTokenSource(HelloTimeout, _clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(hello.Token, over.Token);
            (ReplicationFrame Frame, byte[] Payload)? read = await ReplicationFrame.Read(stream, either.Token);
            if (read is { Frame.Kind: ReplicationKind.Question } asked)
            {
                await _questions.Answer(stream, asked.Payload, over.Token);
                return;
            }

            if (read is not { } first || first.Frame.Kind != ReplicationKind.Hello || first.Payload.Length < sizeof(long))
            {
                MalformedCount++;
                return;
            }

            string node = Encoding.UTF8.GetString(first.Payload.AsSpan(sizeof(long)));
            long copyToken = BinaryPrimitives.ReadInt64LittleEndian(first.Payload);
            if (await _openLog(first.Frame.Shard, first.Frame.Token) is not { } log)
            {
                await stream.WriteAsync(ReplicationFrame.Write(new ReplicationFrame(ReplicationKind.Goodbye, first.Frame.Shard, 0, 0, first.Frame.Token), []), over.Token);
                return;
            }

            var progress = new StandbyProgress { Applied = copyToken == log.Token ? first.Frame.Sequence : 0 };
            _progress[(log.Shard, node)] = progress;
            Task acks = ReadAcks(stream, log, node, progress, over);
            await Send(stream, log, copyToken, first.Frame.Sequence, over.Token);
            await over.CancelAsync();
            await acks;
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or SocketException or ObjectDisposedException or TimeoutException)
        {
            // The shard does not answer, the standby went, or it is the end.
        }
    }

    private async Task Send(Stream stream, ReplicationLog log, long copyToken, long sequence, CancellationToken cancellation)
    {
        long next = log.StartFor(copyToken, sequence);
        var frames = new List<byte[]>();
        while (true)
        {
            frames.Clear();
            Task more = Task.CompletedTask;
            if (next == 0 || !log.TryRead(next, frames, out more))
            {
                next = log.LastSequence + 1;
                await _restart(log.Shard);
                continue;
            }

            foreach (byte[] frame in frames)
                await stream.WriteAsync(frame, cancellation);
            next += frames.Count;
            if (frames.Count != 0)
                continue;
            if (await _openLog(log.Shard, log.Token) != log)
            {
                await stream.WriteAsync(ReplicationFrame.Write(new ReplicationFrame(ReplicationKind.Goodbye, (ushort)log.Shard, 0, 0, log.Token), []), cancellation);
                return;
            }

            if (await Task.WhenAny(more, Task.Delay(PingInterval, _clock, cancellation)) != more)
                await stream.WriteAsync(ReplicationFrame.Write(new ReplicationFrame(ReplicationKind.Ping, (ushort)log.Shard, 0, 0, log.Token), []), cancellation);
        }
    }

    private async Task ReadAcks(Stream stream, ReplicationLog log, string node, StandbyProgress progress, CancellationTokenSource over)
    {
        try
        {
            while (await ReplicationFrame.Read(stream, over.Token) is { } ack && ack.Frame.Kind == ReplicationKind.Ack)
                progress.Applied = ack.Frame.Sequence;
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // As below.
        }

        _progress.TryRemove(KeyValuePair.Create((log.Shard, node), progress)); // Not that of a connection which has followed this one.
        await over.CancelAsync();
    }

    private sealed class StandbyProgress
    {
        private long _applied;

        internal long Applied
        {
            get => Volatile.Read(ref _applied);
            set => Volatile.Write(ref _applied, value);
        }
    }
}
