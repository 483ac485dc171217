using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Natflow.Host.Lab;
using Natflow.Host.Lab.Cluster;
using Natflow.Lab.Topology;
using Natflow.Testing.Flows;

namespace Natflow.Lab.Cluster;

/// <summary>
/// Datagrams of several subscribers, each sent to every gateway by its own link address, whatever ARP says: a gateway that forwards what is not its own is caught,
/// for it always gets the chance to.
/// </summary>
internal sealed class ProbeFrames : IDisposable
{
    /// <summary>Port at host X.</summary>
    internal const ushort Port = 7400;

    /// <summary>Subscribers.</summary>
    internal const int Subscribers = 8;

    private const int FirstHost = 150;
    private const int PayloadOffset = 42;
    private const int ChecksumOffset = 40;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    private readonly Socket _socket;
    private readonly Socket _sink;
    private readonly SocketAddress _link;
    private readonly byte[][] _gateways;
    private readonly byte[] _own;
    private readonly ManualResetEvent _end = new(initialState: false);
    private readonly Thread _thread;

    /// <summary>Begins to send.</summary>
    internal ProbeFrames(ClusterLab lab)
    {
        var a = new LabHostShell(lab.Names.A);
        foreach (int subscriber in Enumerable.Range(0, Subscribers))
            a.Run(string.Create(CultureInfo.InvariantCulture, $"ip addr add 10.0.0.{FirstHost + subscriber}/24 dev eth0")); // So that its answers find somebody.
        _gateways = [.. lab.Nodes.Select(node => LinkText.Of(new LabHostShell(lab.Gateway(node)), LabPlan.LanInterface).Mac)];
        LinkText own = LinkText.Of(a, "eth0");
        _own = own.Mac;
        _link = new SocketAddress(AddressFamily.Packet, 20);
        BinaryPrimitives.WriteInt32LittleEndian(_link.Buffer.Span[4..], own.Index);
        _socket = a.Invoke(static () => new Socket(AddressFamily.Packet, SocketType.Raw, ProtocolType.Unspecified));
        _sink = new LabHostShell(lab.Names.X).Invoke(static () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(LabPlan.HostX), Port));
            return socket;
        });
        _thread = new Thread(Send) { IsBackground = true, Name = "probes" };
        _thread.Start();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _end.Set();
        _thread.Join();
        _socket.Dispose();
        _sink.Dispose();
        _end.Dispose();
    }

    private void Send()
    {
        for (int number = 0; !_end.WaitOne(Interval); number++)
        {
            for (int subscriber = 0; subscriber < Subscribers; subscriber++)
            {
                byte[] frame = Frames.Udp(((10u << 24) + FirstHost + (uint)subscriber, 5000), (AddressOf(LabPlan.HostX), Port), payloadBytes: 32);
                _own.CopyTo(frame, 6);
                BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(PayloadOffset), subscriber);
                BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(PayloadOffset + 4), number);
                BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(ChecksumOffset), 0); // None: RFC 768.
                foreach (byte[] gateway in _gateways)
                {
                    gateway.CopyTo(frame, 0);
                    TrySend(frame);
                }
            }
        }
    }

    private static uint AddressOf(string text) => BinaryPrimitives.ReadUInt32BigEndian(IPAddress.Parse(text).GetAddressBytes());

    private void TrySend(byte[] frame)
    {
        try
        {
            _ = _socket.SendTo(frame, SocketFlags.None, _link);
        }
        catch (SocketException)
        {
            // The link is busy: the next one.
        }
    }
}
