using Natflow.Packets;
using Natflow.Packets.Build;

namespace Natflow.Cli.Demo;

/// <summary>A TCP connection of the demo, as seen on the subscriber's side.</summary>
internal sealed class TcpTalk(OfficeLog log, uint client, ushort clientPort, uint server, ushort serverPort, long startNs, long roundTripNs)
{
    private const int SegmentBytesMax = 1400;

    // Maximum segment size 1460, SACK permitted, window scale 7.
    private static readonly byte[] SynOptions = [2, 4, 5, 180, 1, 1, 4, 2, 1, 3, 3, 7];

    private long _timeNs = startNs;
    private uint _clientSequence = client ^ clientPort;
    private uint _serverSequence = server ^ serverPort;

    /// <summary>Time of the next segment.</summary>
    internal long TimeNs => _timeNs;

    /// <summary>Opens the connection.</summary>
    internal void Open()
    {
        FromClient(TcpFlags.Syn, [], SynOptions);
        _timeNs += roundTripNs;
        FromServer(TcpFlags.Syn | TcpFlags.Ack, [], SynOptions);
        FromClient(TcpFlags.Ack, []);
    }

    /// <summary>Sends data from the client; the server acknowledges.</summary>
    internal void Ask(ReadOnlySpan<byte> data)
    {
        FromClient(TcpFlags.Psh | TcpFlags.Ack, data);
        _timeNs += roundTripNs;
        FromServer(TcpFlags.Ack, []);
    }

    /// <summary>Sends data from the server in full segments; the client acknowledges every second one.</summary>
    internal void Answer(ReadOnlySpan<byte> data)
    {
        for (int segment = 0; !data.IsEmpty; segment++)
        {
            int count = Math.Min(data.Length, SegmentBytesMax);
            FromServer(TcpFlags.Ack, data[..count]);
            data = data[count..];
            if (segment % 2 == 1 || data.IsEmpty)
                FromClient(TcpFlags.Ack, []);
        }
    }

    /// <summary>Closes the connection from both ends.</summary>
    internal void Close()
    {
        FromClient(TcpFlags.Fin | TcpFlags.Ack, []);
        _timeNs += roundTripNs;
        FromServer(TcpFlags.Fin | TcpFlags.Ack, []);
        FromClient(TcpFlags.Ack, []);
    }

    private void FromClient(byte flags, ReadOnlySpan<byte> data, ReadOnlySpan<byte> options = default)
    {
        uint acknowledgement = (flags & TcpFlags.Ack) != 0 ? _serverSequence : 0;
        log.Add(_timeNs += 20_000, PacketBuilder.Ethernet().Ipv4(client, server, dontFragment: true)
            .Tcp(clientPort, serverPort, flags, _clientSequence, acknowledgement, options).Payload(data).ToArray());
        _clientSequence += (uint)data.Length + ((flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0 ? 1u : 0);
    }

    private void FromServer(byte flags, ReadOnlySpan<byte> data, ReadOnlySpan<byte> options = default)
    {
        log.Add(_timeNs += 20_000, PacketBuilder.Ethernet(0x02_00_00_00_00_01, 0x02_00_00_00_00_02).Ipv4(server, client, ttl: 55, dontFragment: true)
            .Tcp(serverPort, clientPort, flags, _serverSequence, _clientSequence, options).Payload(data).ToArray());
        _serverSequence += (uint)data.Length + ((flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0 ? 1u : 0);
    }
}
