using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Testing;
using Natflow.Testing.Packets;

namespace Natflow.Host.Tests.Replay;

/// <summary>Conversations of subscribers with servers, interleaved at random; the last four bytes of each packet are its number.</summary>
internal sealed class SyntheticCapture
{
    private readonly Prng _prng;
    private readonly List<Talk> _talks = [];
    private readonly List<(Talk Talk, bool FromInside)> _packets = [];

    internal SyntheticCapture(int seed, int talkCount, int packetCount)
    {
        _prng = new Prng(seed);
        while (_talks.Count < talkCount)
            AddTalk();
        var begun = new HashSet<Talk>();
        for (int number = 0; number < packetCount; number++)
        {
            Talk talk = _talks[_prng.Next(talkCount)];
            bool fromInside = begun.Add(talk) || _prng.Next(2) == 0;
            _packets.Add((talk, fromInside));
            Frames.Add(Frame(talk, fromInside, number));
        }
    }

    internal List<byte[]> Frames { get; } = [];

    internal (Talk Talk, bool FromInside) this[int number] => _packets[number];

    internal static int NumberOf(byte[] frame) => BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(frame.Length - 4));

    // One subscriber may use a port towards several servers: then both conversations share a mapping.
    private void AddTalk()
    {
        byte protocol = _prng.Next(3) switch { 0 => IpProtocol.Tcp, 1 => IpProtocol.Udp, _ => IpProtocol.Icmp };
        uint inside = 0x0A010000 + (uint)_prng.Next(40);
        ushort port = (ushort)(2000 + _prng.Next(20));
        var talk = new Talk(protocol, inside, port, 0xC6336400 + (uint)_prng.Next(200), protocol == IpProtocol.Icmp ? (ushort)0 : _prng.NextPort());
        if (!_talks.Exists(other => (other with { RemotePort = 0 }) == (talk with { RemotePort = 0 })))
            _talks.Add(talk);
    }

    private byte[] Frame(Talk talk, bool fromInside, int number)
    {
        byte[] payload = [.. _prng.NextPayload(200), 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(payload.Length - 4), number);
        PacketBuilder builder = PacketBuilder.Ethernet();
        builder = fromInside ? builder.Ipv4(talk.Inside, talk.Remote) : builder.Ipv4(talk.Remote, talk.Inside, ttl: 55);
        (ushort source, ushort destination) = fromInside ? (talk.InsidePort, talk.RemotePort) : (talk.RemotePort, talk.InsidePort);
        builder = talk.Protocol switch
        {
            IpProtocol.Tcp => builder.Tcp(source, destination, TcpFlags.Ack, (uint)number),
            IpProtocol.Udp => builder.Udp(source, destination, hasChecksum: number % 5 != 0),
            _ => builder.IcmpQuery(fromInside ? (byte)8 : (byte)0, talk.InsidePort, (ushort)number),
        };
        return builder.Payload(payload).ToArray();
    }
}
