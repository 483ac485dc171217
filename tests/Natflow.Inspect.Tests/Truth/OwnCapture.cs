using System.Buffers.Binary;
using System.Text;
using Natflow.Inspect.Build;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Ports.Pcap;
using Natflow.Testing;

namespace Natflow.Inspect.Tests.Truth;

/// <summary>
/// A capture of requests, hellos and questions as networks deliver them: segments cut anywhere, out of order, twice; hellos over several records; CRYPTO frames in any
/// order over several datagrams; fragments; tags. Each flow is a row that is known beforehand.
/// </summary>
internal sealed class OwnCapture(int seed)
{
    private const uint Server = 0xC000_0201; // 192.0.2.1
    private const uint QuicVersion1 = 1;
    private const int EthernetBytes = 14;
    private const int Ipv4Bytes = 20;

    private readonly Prng _prng = new(seed);
    private readonly List<byte[]> _frames = [];

    /// <summary>What is to be seen, a row a flow.</summary>
    internal List<string> Rows { get; } = [];

    /// <summary>Segments that came before one that stands in front of them.</summary>
    internal int SwapCount { get; private set; }

    /// <summary>Makes the flows and writes the capture.</summary>
    internal void Write(string path, int flowCount)
    {
        for (int flow = 0; flow < flowCount; flow++)
            Add(flow);
        Assert.True(PcapWriter.TryCreate(path, out PcapWriter? writer, out _));
        using (writer)
        {
            for (int i = 0; i < _frames.Count; i++)
                writer.Write(1_700_000_000_000_000_000 + (i * 100_000L), _frames[i], (uint)_frames[i].Length);
        }
    }

    private static string Text(uint address) => $"{address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}";

    private void Add(int flow)
    {
        uint client = 0x0A00_0001u + (uint)flow;
        ushort port = (ushort)(20_000 + flow);
        string name = $"{new string((char)('a' + _prng.Next(26)), 1 + _prng.Next(40))}.host{flow}.example";
        string ends = $"{Text(client)}\t{port}\t{Text(Server)}";
        switch (flow % 4)
        {
            case 0:
                string uri = $"/item/{new string('x', _prng.Next(1500))}?{flow}";
                Rows.Add($"http\t{ends}\t80\tGET\t{name}\t{uri}");
                AddStream(client, port, 80, Encoding.ASCII.GetBytes($"GET {uri} HTTP/1.1\r\nAccept: */*\r\nHost: {name}\r\nUser-Agent: {new string('u', _prng.Next(300))}\r\n\r\n"));
                break;
            case 1:
                Rows.Add($"tls\t{ends}\t443\t{name}");
                AddStream(client, port, 443, ClientHelloBuilder.Records(Hello(name, "h2"), 100 + _prng.Next(1 << (6 + _prng.Next(9)))));
                break;
            case 2:
                Rows.Add($"quic\t{ends}\t443\t{name}");
                AddInitials(client, port, Hello(name, "h3"));
                break;
            default:
                Rows.Add($"dns\t{ends}\t53\t{name}");
                AddDatagram(client, port, 53, Question(name));
                break;
        }
    }

    private byte[] Hello(string name, string alpn) =>
        ClientHelloBuilder.Message(Encoding.ASCII.GetBytes(name), _prng.Next(2) == 0 ? 36 : 1220, [Encoding.ASCII.GetBytes(alpn)]);

    private byte[] Question(string name)
    {
        byte[] head = [(byte)_prng.Next(256), (byte)_prng.Next(256), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        return [.. head, .. name.Split('.').SelectMany(static label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0, 0, 1, 0, 1];
    }

    private PacketBuilder Begin()
    {
        PacketBuilder frame = PacketBuilder.Ethernet();
        return _prng.Next(8) == 0 ? frame.Vlan(7) : frame;
    }

    private void AddStream(uint client, ushort port, ushort serverPort, byte[] bytes)
    {
        uint first = (uint)_prng.NextULong();
        uint answer = (uint)_prng.NextULong();
        _frames.Add(Begin().Ipv4(client, Server).Tcp(port, serverPort, TcpFlags.Syn, first, 0).ToArray());
        _frames.Add(Begin().Ipv4(Server, client).Tcp(serverPort, port, TcpFlags.Syn | TcpFlags.Ack, answer, first + 1).ToArray());
        _frames.Add(Begin().Ipv4(client, Server).Tcp(port, serverPort, TcpFlags.Ack, first + 1, answer + 1).ToArray());
        var segments = new List<byte[]>();
        for (int at = 0; at < bytes.Length;)
        {
            int length = Math.Min(bytes.Length - at, 1 + _prng.Next(_prng.Next(3) == 0 ? 60 : 1460));
            byte[] frame = Begin().Ipv4(client, Server).Tcp(port, serverPort, TcpFlags.Ack | TcpFlags.Psh, first + 1 + (uint)at, answer + 1).Payload(bytes.AsSpan(at, length)).ToArray();
            segments.Add(frame);
            if (_prng.Next(6) == 0) segments.Add(frame);
            at += length;
        }

        for (int i = 0; i + 1 < segments.Count; i++)
        {
            if (_prng.Next(3) != 0) continue;
            (segments[i], segments[i + 1]) = (segments[i + 1], segments[i]);
            SwapCount++;
        }

        _frames.AddRange(segments);
        _frames.Add(Begin().Ipv4(client, Server).Tcp(port, serverPort, TcpFlags.Fin | TcpFlags.Ack, first + 1 + (uint)bytes.Length, answer + 1).ToArray());
    }

    private void AddInitials(uint client, ushort port, byte[] message)
    {
        const int datagramBytes = 1000;
        byte[] id = BitConverter.GetBytes(_prng.NextULong());
        var frames = new List<byte[]>();
        for (int at = 0; at < message.Length;)
        {
            int length = Math.Min(message.Length - at, 50 + _prng.Next(500));
            frames.Add(QuicInitialBuilder.CryptoFrame(at, message.AsSpan(at, length)));
            at += length;
        }

        for (int i = frames.Count - 1; i > 0; i--)
        {
            int other = _prng.Next(i + 1);
            (frames[i], frames[other]) = (frames[other], frames[i]);
        }

        var held = new List<byte>();
        uint number = 0;
        foreach (byte[] frame in frames)
        {
            if (held.Count + frame.Length > datagramBytes) Flush();
            held.AddRange(frame);
        }

        Flush();

        void Flush()
        {
            if (held.Count > 0) AddDatagram(client, port, 443, QuicInitialBuilder.Packet(QuicVersion1, id, id, number++, [.. held]));
            held.Clear();
        }
    }

    // One in four is cut into two fragments, and one of two of these comes in the wrong order.
    private void AddDatagram(uint client, ushort port, ushort serverPort, byte[] payload)
    {
        byte[] whole = PacketBuilder.Ethernet().Ipv4(client, Server).Udp(port, serverPort).Payload(payload).ToArray();
        int cut = 8 * (1 + _prng.Next((whole.Length - EthernetBytes - Ipv4Bytes - 1) / 8));
        if (_prng.Next(4) != 0)
        {
            _frames.Add(whole);
            return;
        }

        const int headBytes = EthernetBytes + Ipv4Bytes;
        byte[] one = Fragment(whole, whole.AsSpan(headBytes, cut), 0x2000);
        byte[] two = Fragment(whole, whole.AsSpan(headBytes + cut), (ushort)(cut / 8));
        _frames.AddRange(_prng.Next(2) == 0 ? [one, two] : [two, one]);
    }

    private static byte[] Fragment(byte[] whole, ReadOnlySpan<byte> part, ushort word)
    {
        byte[] frame = [.. whole.AsSpan(0, EthernetBytes + Ipv4Bytes), .. part];
        Span<byte> header = frame.AsSpan(EthernetBytes, Ipv4Bytes);
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(Ipv4Bytes + part.Length));
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], word);
        header.Slice(10, 2).Clear();
        System.Runtime.InteropServices.MemoryMarshal.Write(header[10..], Checksum.Compute(header));
        return frame;
    }
}
