using System.Buffers.Binary;

namespace Natflow.Host.Live;

/// <summary>
/// Announces to everyone that port control has lost state (RFC 6887 section 14.1.1): at once, and nine times more with intervals that double, for a
/// multicast may get lost.
/// </summary>
/// <remarks>Any thread.</remarks>
internal sealed class PcpAnnouncer : IDisposable
{
    private const int CountMax = 10;
    private const int MessageBytes = 24;
    private const byte Version = 2;
    private const byte AnnounceResponse = 0x80;
    private const int EpochOffset = 8;
    private static readonly TimeSpan FirstInterval = TimeSpan.FromMilliseconds(250);

    private readonly Action<byte[]> _send;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private long _epochStart;
    private int _sentCount;
    private bool _isOver;

    /// <summary>Prepares; nothing is sent yet.</summary>
    /// <param name="send">Sends a message to all clients; never throws.</param>
    /// <param name="clock">Time.</param>
    internal PcpAnnouncer(Action<byte[]> send, TimeProvider clock)
    {
        _send = send;
        _clock = clock;
        _timer = clock.CreateTimer(static state => ((PcpAnnouncer)state!).Send(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Begins: the epoch of the servers has begun now. A series that goes on is given up.</summary>
    internal void Begin()
    {
        lock (_lock)
        {
            _epochStart = _clock.GetTimestamp();
            _sentCount = 0;
        }

        Send();
    }

    /// <summary>Nothing is sent any more when it ends.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            _timer.Dispose();
        }
    }

    private void Send()
    {
        lock (_lock)
        {
            if (_isOver || _sentCount == CountMax)
                return;
            byte[] message = new byte[MessageBytes];
            message[0] = Version;
            message[1] = AnnounceResponse;
            BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(EpochOffset), (uint)_clock.GetElapsedTime(_epochStart).TotalSeconds);
            _send(message);
            _timer.Change(FirstInterval * (1 << _sentCount), Timeout.InfiniteTimeSpan);
            _sentCount++;
        }
    }
}
