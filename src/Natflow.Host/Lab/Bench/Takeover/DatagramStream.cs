using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Natflow.Host.Lab.Bench.Takeover;

/// <summary>Datagrams of one subscriber, UDP or pings, that something outside sends back.</summary>
internal sealed class DatagramStream : IDisposable
{
    private const int IpHeaderBytes = 20;
    private const byte EchoRequest = 8;
    private const byte EchoReply = 0;

    private readonly Socket _socket;
    private readonly EndPoint _target;
    private readonly bool _isPing;
    private readonly ushort _identifier;
    private readonly byte[] _out = new byte[16];
    private readonly byte[] _in = new byte[256];
    private ushort _number;

    /// <summary>Begins to listen for answers.</summary>
    /// <param name="socket">Bound to the subscriber's address: UDP, or raw ICMP.</param>
    /// <param name="target">Who answers.</param>
    /// <param name="identifier">Tells pings of several streams apart.</param>
    /// <param name="clock">Time.</param>
    internal DatagramStream(Socket socket, EndPoint target, ushort identifier, TimeProvider clock)
    {
        _socket = socket;
        _target = target;
        _isPing = socket.ProtocolType == ProtocolType.Icmp;
        _identifier = identifier;
        Arrivals = new ArrivalLog(clock);
        _ = Receive();
    }

    /// <summary>When its answers came.</summary>
    internal ArrivalLog Arrivals { get; }

    /// <summary>Sends one.</summary>
    internal void Turn()
    {
        _number++;
        Array.Clear(_out);
        if (_isPing)
            _out[0] = EchoRequest;
        BinaryPrimitives.WriteUInt16BigEndian(_out.AsSpan(4), _identifier);
        BinaryPrimitives.WriteUInt16BigEndian(_out.AsSpan(6), _number);
        if (_isPing)
            BinaryPrimitives.WriteUInt16BigEndian(_out.AsSpan(2), ChecksumOf(_out));
        try
        {
            _ = _socket.SendTo(_out, _target);
            Arrivals.OnSent();
        }
        catch (SocketException)
        {
            // No next hop for a moment: a probe that is not answered.
        }
    }

    /// <inheritdoc />
    public void Dispose() => _socket.Dispose();

    private static ushort ChecksumOf(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int at = 0; at < bytes.Length; at += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
        sum = (sum >> 16) + (sum & 0xFFFF);
        return (ushort)~(sum + (sum >> 16));
    }

    private async Task Receive()
    {
        EndPoint any = new IPEndPoint(IPAddress.Any, 0);
        while (true)
        {
            try
            {
                SocketReceiveFromResult result = await _socket.ReceiveFromAsync(_in, SocketFlags.None, any);
                if (IsAnswer(_in.AsSpan(0, result.ReceivedBytes)))
                    Arrivals.OnReceived();
            }
            catch (SocketException)
            {
                // An ICMP error of the network: not an answer.
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    private bool IsAnswer(ReadOnlySpan<byte> bytes)
    {
        if (!_isPing)
            return bytes.Length == _out.Length && BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]) == _identifier;
        return bytes.Length >= IpHeaderBytes + _out.Length && bytes[IpHeaderBytes] == EchoReply
            && BinaryPrimitives.ReadUInt16BigEndian(bytes[(IpHeaderBytes + 4)..]) == _identifier;
    }
}
