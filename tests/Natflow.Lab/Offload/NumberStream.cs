using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Natflow.Lab.Offload;

/// <summary>Numbered datagrams both ways between two sockets, at a steady pace; counts what did not arrive.</summary>
internal sealed class NumberStream : IDisposable
{
    private const int PacketsPerSecond = 2000;
    private const int PacketBytes = 64;
    private const int LostShown = 8;

    private readonly CancellationTokenSource _end = new();
    private readonly Task[] _tasks;
    private readonly long[] _sent = new long[2];
    private readonly HashSet<long>[] _seen = [[], []];
    private readonly HashSet<EndPoint> _sources = [];

    /// <summary>Starts.</summary>
    /// <param name="inside">A's socket.</param>
    /// <param name="server">X's end.</param>
    /// <param name="outside">X's socket.</param>
    /// <param name="external">A's end as X saw it.</param>
    internal NumberStream(Socket inside, EndPoint server, Socket outside, EndPoint external)
    {
        inside.ReceiveTimeout = outside.ReceiveTimeout = 200;
        _tasks =
        [
            Task.Factory.StartNew(() => Send(inside, server, 0), TaskCreationOptions.LongRunning),
            Task.Factory.StartNew(() => Send(outside, external, 1), TaskCreationOptions.LongRunning),
            Task.Factory.StartNew(() => Receive(outside, 0), TaskCreationOptions.LongRunning),
            Task.Factory.StartNew(() => Receive(inside, 1), TaskCreationOptions.LongRunning),
        ];
    }

    /// <summary>Datagrams sent from inside.</summary>
    internal long SentOut => Volatile.Read(ref _sent[0]);

    /// <summary>Ends that X heard from.</summary>
    internal IReadOnlyCollection<EndPoint> Sources => _sources;

    /// <summary>Ends the stream, and lets what is under way arrive.</summary>
    /// <returns>Datagrams sent and lost, out and in.</returns>
    internal async Task<((long Sent, long Lost) Out, (long Sent, long Lost) In)> Stop()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_tasks);
        return ((_sent[0], _sent[0] - _seen[0].Count), (_sent[1], _sent[1] - _seen[1].Count));
    }

    /// <summary>The first numbers that did not arrive; after <see cref="Stop"/>.</summary>
    /// <param name="direction">0 out, 1 in.</param>
    internal string Lost(int direction) =>
        string.Join(' ', Enumerable.Range(0, (int)_sent[direction]).Where(number => !_seen[direction].Contains(number)).Take(LostShown));

    /// <inheritdoc />
    public void Dispose() => _end.Dispose();

    private void Send(Socket socket, EndPoint to, int direction)
    {
        byte[] packet = new byte[PacketBytes];
        TimeProvider clock = TimeProvider.System;
        long start = clock.GetTimestamp();
        while (!_end.IsCancellationRequested)
        {
            if (clock.GetElapsedTime(start).TotalSeconds * PacketsPerSecond < _sent[direction])
            {
                _end.Token.WaitHandle.WaitOne(1);
                continue;
            }

            BinaryPrimitives.WriteInt64BigEndian(packet, _sent[direction]);
            socket.SendTo(packet, to);
            Volatile.Write(ref _sent[direction], _sent[direction] + 1);
        }
    }

    // Until the senders have ended and nothing comes any more.
    private void Receive(Socket socket, int direction)
    {
        byte[] packet = new byte[PacketBytes];
        while (true)
        {
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            try
            {
                if (socket.ReceiveFrom(packet, ref from) == PacketBytes)
                    _seen[direction].Add(BinaryPrimitives.ReadInt64BigEndian(packet));
            }
            catch (SocketException error) when (error.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                if (_end.IsCancellationRequested)
                    return;
                continue;
            }

            if (direction == 0)
                _sources.Add(from);
        }
    }
}
