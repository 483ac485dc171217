using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Natflow.Core;
using Natflow.Ports.AfXdp;
using Natflow.Testing;
using Natflow.Testing.Namespaces;
using Natflow.Testing.Packets;

namespace Natflow.Ports.Tests.AfXdp;

/// <summary>Real TCP between two namespaces whose only connection is a pair of <c>af_xdp</c> ports, with the peers' offloads as they come.</summary>
public sealed class XdpTcpTests
{
    private const int TransferBytes = 8 << 20;

    [NamespaceTheory]
    [InlineData("10.9.0.1", "10.9.0.2", 24)]
    [InlineData("fd00::1", "fd00::2", 64)]
    public void Bridge_RealTcpWithOffloadsOn_ArrivesWholeWithRightChecksums(string client, string server, int prefixBits)
    {
        using var rig = new XdpRig();
        AddAddresses(rig, client, server, prefixBits);
        using AfXdpPort lan = rig.Open("lan");
        using AfXdpPort wan = rig.Open("wan");
        string? fault = null;
        int longest = 0;
        bool isStopping = false;
        var frames = new FrameDescriptor[FrameDescriptor.BurstMax];
        var worker = new Thread(() =>
        {
            while (!Volatile.Read(ref isStopping))
            {
                Move(lan, wan);
                Move(wan, lan);
            }
        });

        void Move(AfXdpPort from, AfXdpPort to)
        {
            int count = from.Queue(0).Receive(frames);
            foreach (ref readonly FrameDescriptor frame in frames.AsSpan(0, count))
            {
                longest = Math.Max(longest, frame.LengthBytes);
                fault ??= FrameChecker.FindFault(rig.Memory.Frame(frame.FrameOffset, frame.LengthBytes));
            }

            for (int sent = 0; sent < count && !Volatile.Read(ref isStopping);)
                sent += to.Queue(0).Transmit(frames.AsSpan(sent, count - sent));
        }

        worker.Start();
        byte[] content = new byte[TransferBytes];
        new Prng(prefixBits).NextBytes(content);
        byte[] arrived = Transfer(rig, IPAddress.Parse(server), content);
        Volatile.Write(ref isStopping, true);
        worker.Join();

        Assert.Equal(SHA256.HashData(content), SHA256.HashData(arrived));
        Assert.Null(fault);
        Assert.InRange(longest, 1400, 1514); // The veth cuts super-frames itself while an XDP program without fragments is on its peer.
        Assert.NotEqual(0ul, lan.XdpQueue(0).CompletedChecksumCount);
        Assert.NotEqual(0ul, wan.XdpQueue(0).CompletedChecksumCount);
    }

    private static void AddAddresses(XdpRig rig, string client, string server, int prefixBits)
    {
        string noDad = prefixBits == 64 ? " nodad" : string.Empty;
        rig.Lan.Run($"ip addr add {client}/{prefixBits} dev lan0{noDad}");
        rig.Wan.Run($"ip addr add {server}/{prefixBits} dev wan0{noDad}");
        // The program leaves ARP and neighbour discovery to the gateway's kernel, so the two ends are told each other's address.
        rig.Lan.Run($"ip neigh add {server} lladdr 02:00:00:00:01:02 dev lan0");
        rig.Wan.Run($"ip neigh add {client} lladdr 02:00:00:00:00:02 dev wan0");
    }

    private static byte[] Transfer(XdpRig rig, IPAddress address, byte[] content)
    {
        using var listener = rig.Wan.Invoke(() => new TcpListener(address, 5001));
        listener.Start();
        using Socket socket = rig.Lan.Invoke(() => new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        var sender = new Thread(() =>
        {
            socket.Connect(address, 5001);
            _ = socket.Send(content);
            socket.Shutdown(SocketShutdown.Send);
        });
        sender.Start();
        using Socket accepted = listener.AcceptSocket();
        byte[] arrived = new byte[content.Length + 1];
        int count = 0;
        for (int read = -1; read != 0 && count < arrived.Length; count += read)
            read = accepted.Receive(arrived.AsSpan(count));
        sender.Join();
        return arrived[..count];
    }
}
