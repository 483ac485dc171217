using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Natflow.Host.Lab;
using Natflow.Host.Lab.Cluster;
using Natflow.Lab.Topology;

namespace Natflow.Lab.Cluster;

/// <summary>
/// Sees, at the switch outside, which gateway forwards what: every datagram of the probes, by the port it leaves a gateway by. Two gateways that forward one
/// subscriber at the same time show as frames of one between frames of the other.
/// </summary>
internal sealed class ForwardedFrames : IDisposable
{
    private const ushort EveryProtocol = 3; // A bridge takes frames of its ports before sockets of one protocol see them.
    private const int IpOffset = 14;
    private const int UdpOffset = 34;
    private const int FrameBytesMin = 60;
    private const byte Udp = 17;
    private const int Together = 15; // Ticks of the probes, 150 ms: no shard goes there and back in that time, for each way needs a copy and two transactions.
    private const int LinkIndexOffset = 4;

    private readonly Socket _socket; // One for all ports: what it gives is in the order of arrival.
    private readonly Dictionary<int, int> _nodes = [];
    private readonly Thread _thread;
    private readonly List<Seen> _seen = [];
    private readonly Lock _lock = new();
    private volatile bool _isOver;

    /// <summary>Begins to look.</summary>
    internal ForwardedFrames(ClusterLab lab)
    {
        var outside = new LabHostShell(lab.Names.Wan);
        foreach (int node in lab.Nodes)
            _nodes.Add(LinkText.Of(outside, ClusterLabPlan.Node(node)).Index, node);
        _socket = outside.Invoke(Open);
        _thread = new Thread(Read) { IsBackground = true, Name = "frames" };
        _thread.Start();
    }

    /// <summary>Frames that a gateway has forwarded, since a moment.</summary>
    internal int CountOf(int node, long sinceTimestamp = 0)
    {
        lock (_lock)
            return _seen.Count(seen => seen.Node == node && seen.Timestamp >= sinceTimestamp);
    }

    /// <summary>Frames that any has.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
                return _seen.Count;
        }
    }

    /// <summary>Subscribers of whom something was forwarded since a moment.</summary>
    internal int SubscribersSince(long timestamp)
    {
        lock (_lock)
            return _seen.Where(seen => seen.Timestamp >= timestamp).Select(static seen => seen.Subscriber).Distinct().Count();
    }

    /// <summary>Frames by which two gateways forwarded one subscriber at a time; empty where that never was.</summary>
    internal IReadOnlyList<string> FindTwoOwners()
    {
        lock (_lock)
            return [.. _seen.GroupBy(static seen => seen.Subscriber).SelectMany(static group => Between([.. group]))];
    }

    /// <summary>Longest time that nobody forwarded a subscriber.</summary>
    internal TimeSpan LongestGap()
    {
        lock (_lock)
        {
            return _seen.GroupBy(static seen => seen.Subscriber).Select(static group =>
            {
                Seen[] seen = [.. group.OrderBy(static seen => seen.Timestamp)];
                return seen.Zip(seen.Skip(1), static (a, b) => TimeProvider.System.GetElapsedTime(a.Timestamp, b.Timestamp)).DefaultIfEmpty().Max();
            }).DefaultIfEmpty().Max();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
        _socket.Dispose();
    }

    private static IEnumerable<string> Between(Seen[] seen)
    {
        for (int i = 1; i < seen.Length; i++)
        {
            if (seen[i].Node == seen[i - 1].Node)
                continue;
            Seen? back = seen.Skip(i + 1).Take(Together * 4).Cast<Seen?>().FirstOrDefault(next => next!.Value.Node == seen[i - 1].Node && Math.Abs(next.Value.Number - seen[i - 1].Number) < Together);
            if (back is { } again)
                yield return $"subscriber {seen[i].Subscriber}: node {seen[i - 1].Node} datagram {seen[i - 1].Number}, node {seen[i].Node} datagram {seen[i].Number}, node {again.Node} datagram {again.Number}";
        }
    }

    private static Socket Open() => new(AddressFamily.Packet, SocketType.Raw, (ProtocolType)BinaryPrimitives.ReverseEndianness(EveryProtocol)) { ReceiveTimeout = 100, ReceiveBufferSize = 8 << 20 };

    private void Read()
    {
        byte[] frame = new byte[2048];
        int addressBytes = SocketAddress.GetMaximumAddressSize(AddressFamily.Packet);
        var from = new SocketAddress(AddressFamily.Packet, addressBytes);
        while (!_isOver)
        {
            try
            {
                from.Size = addressBytes;
                int length = _socket.ReceiveFrom(frame, SocketFlags.None, from);
                int link = BinaryPrimitives.ReadInt32LittleEndian(from.Buffer.Span[LinkIndexOffset..]);
                if (_nodes.TryGetValue(link, out int node) && IsProbe(frame.AsSpan(0, length)))
                    Add(frame, node);
            }
            catch (SocketException)
            {
                // Nothing for a moment, or the link is down.
            }
        }
    }

    // Translated, on its way out: nobody but an owner makes such.
    private static bool IsProbe(ReadOnlySpan<byte> frame) =>
        frame.Length >= FrameBytesMin && frame[IpOffset] == 0x45 && frame[IpOffset + 9] == Udp
        && frame.Slice(IpOffset + 12, 4).SequenceEqual(AddressOf(LabPlan.Public1)) && frame.Slice(IpOffset + 16, 4).SequenceEqual(AddressOf(LabPlan.HostX))
        && BinaryPrimitives.ReadUInt16BigEndian(frame[(UdpOffset + 2)..]) == ProbeFrames.Port;

    private static byte[] AddressOf(string text) => IPAddress.Parse(text).GetAddressBytes();

    private void Add(ReadOnlySpan<byte> frame, int node)
    {
        ReadOnlySpan<byte> payload = frame[(UdpOffset + 8)..];
        var seen = new Seen(TimeProvider.System.GetTimestamp(), node, BinaryPrimitives.ReadInt32BigEndian(payload), BinaryPrimitives.ReadInt32BigEndian(payload[4..]));
        lock (_lock)
            _seen.Add(seen);
    }

    private readonly record struct Seen(long Timestamp, int Node, int Subscriber, int Number);
}
