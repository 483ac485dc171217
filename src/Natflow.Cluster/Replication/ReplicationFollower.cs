using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Natflow.Cluster.Replication;

/// <summary>The standby's side: keeps a copy of one shard of one owner, resumes after a broken connection, and knows a dead owner by its kernel's refusal.</summary>
public sealed class ReplicationFollower : IAsyncDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(2); // Four of the owner's pings. It proves nothing; another connection is tried.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly IShardHost _host;
    private readonly FencingGate _gate;
    private readonly TimeProvider _clock;
    private readonly string _self;
    private readonly int _shard;
    private readonly long _token;
    private readonly string _endpoint;
    private readonly ReplicationSecurity _security;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _running;
    private long _sequence;

    /// <summary>Begins to follow.</summary>
    /// <param name="host">Gets the records.</param>
    /// <param name="gate">Refuses owners of the past.</param>
    /// <param name="self">Name of this node.</param>
    /// <param name="shard">The shard.</param>
    /// <param name="token">The owner's token.</param>
    /// <param name="endpoint">Where its replication listens, host:port.</param>
    /// <param name="security">TLS, where there is any.</param>
    /// <param name="clock">Time.</param>
    internal ReplicationFollower(IShardHost host, FencingGate gate, string self, int shard, long token, string endpoint, ReplicationSecurity security, TimeProvider clock)
    {
        _security = security;
        _host = host;
        _gate = gate;
        _self = self;
        _shard = shard;
        _token = token;
        _endpoint = endpoint;
        _clock = clock;
        _running = Task.Run(Run);
    }

    /// <summary>The token that is followed.</summary>
    public long Token => _token;

    /// <summary>Whether the copy is whole.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Whether the owner's process is proved dead: its connection ended, and its kernel refuses another.</summary>
    public bool IsOwnerDead { get; private set; }

    /// <summary>Whether there is a connection to the owner.</summary>
    public bool IsConnected { get; private set; }

    /// <summary>Told when <see cref="IsWhole"/> or <see cref="IsOwnerDead"/> becomes true.</summary>
    public Action? OnChange { get; init; }

    /// <summary>Ends it; what was received is applied when this is over.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        _end.Dispose();
    }

    private async Task Run()
    {
        bool wasConnected = false;
        while (!_end.IsCancellationRequested)
        {
            SocketError outcome = await FollowOnce();
            if (outcome == SocketError.ConnectionRefused && wasConnected)
            {
                IsOwnerDead = true;
                OnChange?.Invoke();
                return;
            }

            wasConnected |= outcome == SocketError.Success;
            if (outcome != SocketError.Success)
                await Task.Delay(Pause, _clock, _end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Success where there was a connection, however it ended.
    private async Task<SocketError> FollowOnce()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var timeout = new CancellationTokenSource(ConnectTimeout, _clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _end.Token);
            await socket.ConnectAsync(IPEndPoint.Parse(_endpoint), either.Token);
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode;
        }
        catch (OperationCanceledException)
        {
            return SocketError.TimedOut;
        }

        try
        {
            await using Stream stream = await _security.AsClient(new NetworkStream(socket, ownsSocket: false), IPEndPoint.Parse(_endpoint).Address.ToString(), _end.Token);
            await stream.WriteAsync(Hello(), _end.Token);
            IsConnected = true;
            while (await TakeOne(stream))
            {
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or SocketException or TimeoutException)
        {
            // The connection ended: whether the owner did, the next one shows.
        }

        IsConnected = false;

        return SocketError.Success;
    }

    private byte[] Hello()
    {
        byte[] name = Encoding.UTF8.GetBytes(_self);
        byte[] payload = new byte[sizeof(long) + name.Length];
        BinaryPrimitives.WriteInt64LittleEndian(payload, _sequence == 0 ? 0 : _token);
        name.CopyTo(payload, sizeof(long));
        return ReplicationFrame.Write(new ReplicationFrame(ReplicationKind.Hello, (ushort)_shard, payload.Length, _sequence, _token), payload);
    }

    private async Task<bool> TakeOne(Stream stream)
    {
        using var timeout = new CancellationTokenSource(Silence, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _end.Token);
        if (await ReplicationFrame.Read(stream, either.Token) is not { } read || read.Frame.Shard != _shard || read.Frame.Token != _token || !_gate.TryPass(_shard, read.Frame.Token))
            return false;
        switch (read.Frame.Kind)
        {
            case ReplicationKind.Ping:
                return true;
            case ReplicationKind.Begin:
                IsWhole = false;
                await _host.Reset(_shard);
                break;
            case ReplicationKind.Records when read.Frame.Sequence == _sequence + 1:
                if (!await _host.Apply(_shard, read.Payload))
                    return false;
                break;
            case ReplicationKind.Users when read.Frame.Sequence == _sequence + 1:
                if (!_host.KeepUsers(_shard, read.Payload))
                    return false;
                break;
            case ReplicationKind.Whole or ReplicationKind.Flushed when read.Frame.Sequence == _sequence + 1:
                IsWhole = true;
                OnChange?.Invoke();
                break;
            case ReplicationKind.Goodbye:
                await Task.Delay(Pause, _clock, _end.Token);
                return false;
            default:
                _sequence = 0; // A gap: from the beginning.
                return false;
        }

        _sequence = read.Frame.Sequence;
        await stream.WriteAsync(ReplicationFrame.Write(new ReplicationFrame(ReplicationKind.Ack, (ushort)_shard, 0, _sequence, _token), []), _end.Token);
        return true;
    }
}
