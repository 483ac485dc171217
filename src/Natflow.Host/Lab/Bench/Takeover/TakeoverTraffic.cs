using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Natflow.Netlink;

namespace Natflow.Host.Lab.Bench.Takeover;

/// <summary>What goes through the gateways while they go: TCP connections with checked data, UDP streams and pings, of several subscribers on host A.</summary>
internal sealed class TakeoverTraffic : IDisposable
{
    private const int Subscribers = 12;
    private const int Port = 7300;
    private const int FirstSubscriber = 100;
    private const int Backlog = 4096;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);

    private readonly LabNames _names;
    private readonly TakeoverPlan _plan;
    private readonly TimeProvider _clock;
    private readonly List<CheckedConnection> _connections = [];
    private readonly List<DatagramStream> _streams = [];
    private readonly CancellationTokenSource _end = new();
    private Socket? _echo;
    private Task _sending = Task.CompletedTask;

    internal TakeoverTraffic(LabNames names, TakeoverPlan plan, TimeProvider clock)
    {
        _names = names;
        _plan = plan;
        _clock = clock;
    }

    /// <summary>Streams of datagrams.</summary>
    internal IReadOnlyList<DatagramStream> Streams => _streams;

    /// <summary>Why connections broke, one line a reason.</summary>
    internal IReadOnlyDictionary<string, int> Broken => _connections.Where(static connection => connection.Failure is not null)
        .GroupBy(static connection => connection.Failure!, StringComparer.Ordinal).ToDictionary(static group => group.Key, static group => group.Count(), StringComparer.Ordinal);

    /// <summary>Records that came back whole.</summary>
    internal long Records => _connections.Sum(static connection => connection.AnsweredCount);

    /// <summary>Whether each connection has its last record back, or is broken.</summary>
    internal bool IsSettled => _connections.TrueForAll(static connection => connection.IsIdle || connection.Failure is not null);

    /// <summary>Connects everything and begins to send.</summary>
    internal void Start()
    {
        LabTopology.Batch(Enumerable.Range(0, Subscribers).Select(static i => $"addr add {Subscriber(i)}/24 dev eth0"), _names.A);
        OpenStreams();
        OpenConnections();
        _sending = Task.Factory.StartNew(Send, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Gaps are counted from now on.</summary>
    internal void Mark() => _streams.ForEach(static stream => stream.Arrivals.Mark());

    /// <summary>Longest time that any stream was without an answer since the mark.</summary>
    internal TimeSpan Gap => _streams.Max(static stream => stream.Arrivals.Gap);

    /// <summary>Longest time that any stream is without an answer now.</summary>
    internal TimeSpan Silence => _streams.Max(static stream => stream.Arrivals.Silence);

    /// <summary>Datagrams that were never answered.</summary>
    internal long Lost => _streams.Sum(static stream => stream.Arrivals.Lost);

    /// <inheritdoc />
    public void Dispose()
    {
        _end.Cancel();
        _sending.GetAwaiter().GetResult();
        _connections.ForEach(static connection => connection.Dispose());
        _streams.ForEach(static stream => stream.Dispose());
        _echo?.Dispose();
        _end.Dispose();
    }

    private static string Subscriber(int index) => string.Create(CultureInfo.InvariantCulture, $"10.0.0.{FirstSubscriber + (index % Subscribers)}");

    private void OpenStreams()
    {
        var target = new IPEndPoint(IPAddress.Parse(LabPlan.HostX), Port);
        _echo = NetworkNamespace.Run(_names.X, () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(target);
            return socket;
        });
        _ = Echo(_echo);
        for (int i = 0; i < Subscribers; i++)
        {
            IPEndPoint own = new(IPAddress.Parse(Subscriber(i)), 0);
            ushort identifier = (ushort)(1000 + i);
            _streams.Add(new DatagramStream(Bound(SocketType.Dgram, ProtocolType.Udp, own), target, identifier, _clock));
            if (i % 4 == 0)
                _streams.Add(new DatagramStream(Bound(SocketType.Raw, ProtocolType.Icmp, own), new IPEndPoint(target.Address, 0), identifier, _clock));
        }
    }

    private Socket Bound(SocketType type, ProtocolType protocol, IPEndPoint own) => NetworkNamespace.Run(_names.A, () =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        socket.Bind(own);
        return socket;
    });

    private static async Task Echo(Socket socket)
    {
        byte[] bytes = new byte[256];
        EndPoint any = new IPEndPoint(IPAddress.Any, 0);
        while (true)
        {
            try
            {
                SocketReceiveFromResult asked = await socket.ReceiveFromAsync(bytes, SocketFlags.None, any);
                _ = socket.SendTo(bytes.AsSpan(0, asked.ReceivedBytes), SocketFlags.None, asked.RemoteEndPoint);
            }
            catch (SocketException)
            {
                // An ICMP error: the next one.
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void OpenConnections()
    {
        var target = new IPEndPoint(IPAddress.Parse(LabPlan.HostX), Port);
        using Socket listener = NetworkNamespace.Run(_names.X, () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(target);
            socket.Listen(Backlog);
            return socket;
        });
        NetworkNamespace.Run(_names.A, () =>
        {
            for (int i = 0; i < _plan.Connections; i++)
            {
                var inside = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                inside.Bind(new IPEndPoint(IPAddress.Parse(Subscriber(i)), 0));
                inside.Connect(target);
                Socket outside = listener.Accept();
                outside.NoDelay = true;
                _connections.Add(new CheckedConnection(inside, outside, i));
            }
        });
    }

    // A slice of the connections each tick, so that each has its turn once an interval.
    private void Send()
    {
        int ticks = Math.Max(1, (int)(_plan.RecordInterval / Tick));
        for (int tick = 0; !_end.Token.WaitHandle.WaitOne(Tick); tick++)
        {
            foreach (DatagramStream stream in _streams)
                stream.Turn();
            for (int i = tick % ticks; i < _connections.Count; i += ticks)
                _connections[i].Turn();
        }
    }
}
