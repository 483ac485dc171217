using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Natflow.Core;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Ports.AfPacket;
using Natflow.Ports.Tests.Wire;
using Natflow.Testing;
using Natflow.Testing.Namespaces;
using Natflow.Testing.Packets;

namespace Natflow.Ports.Tests.AfPacket;

/// <summary>What a sender on the same machine leaves undone: checksums, and the cutting of super-frames.</summary>
public sealed class KernelOffloadTests
{
    private const int EthernetFrameBytesMax = 1514;
    private const int UdpSegmentOption = 103;
    private const int ReceiveTimeoutMs = 10_000;

    [NamespaceTheory]
    [InlineData("10.9.0.2/24", "10.9.0.1", 1)]
    [InlineData("10.9.0.2/24", "10.9.0.1", 1001)]
    [InlineData("fd00::2/64", "fd00::1", 1)]
    [InlineData("fd00::2/64", "fd00::1", 1001)]
    public void Receive_DatagramOfAnotherNamespace_HasItsChecksum(string address, string target, int payloadBytes)
    {
        using var rig = new AfPacketRig();
        using Socket socket = OpenUdp(rig, address, target);
        byte[] payload = RandomBytes(payloadBytes);
        _ = socket.SendTo(payload, new IPEndPoint(IPAddress.Parse(target), 5000));

        byte[] frame = Assert.Single(rig.Receive(1, static frame => frame.Length > 42 && PortOf(frame) == 5000));
        Assert.Null(FrameChecker.FindFault(frame));
        Assert.Equal(payload, frame[^payloadBytes..]);
    }

    [NamespaceTheory]
    [InlineData("10.9.0.2/24", "10.9.0.1", 20)]
    [InlineData("fd00::2/64", "fd00::1", 40)]
    public void Receive_SuperFrameOfDatagrams_IsCut(string address, string target, int ipHeaderBytes)
    {
        using var rig = new AfPacketRig();
        using Socket socket = OpenUdp(rig, address, target);
        socket.SetRawSocketOption(17, UdpSegmentOption, BitConverter.GetBytes(1000));
        byte[] payload = RandomBytes(9500);
        _ = socket.SendTo(payload, new IPEndPoint(IPAddress.Parse(target), 5000));

        List<byte[]> frames = rig.Receive(10, static frame => frame.Length > 42 && PortOf(frame) == 5000);
        Assert.All(frames, static frame => Assert.Null(FrameChecker.FindFault(frame)));
        Assert.Equal(payload, frames.SelectMany(frame => frame[(14 + ipHeaderBytes + 8)..]));
        // Ten came as one; a few more are the stacks' own, of neighbour discovery.
        Assert.InRange(rig.Queue.ReadStatistics().SeenCount, 1ul, 9ul);
    }

    [NamespaceFact]
    public void Receive_SuperFrameAndFewChunks_IsCutAsChunksComeBack()
    {
        using var rig = new AfPacketRig(chunkCount: 3);
        using Socket socket = OpenUdp(rig, "10.9.0.2/24", "10.9.0.1");
        socket.SetRawSocketOption(17, UdpSegmentOption, BitConverter.GetBytes(1000));
        byte[] payload = RandomBytes(20_000);
        _ = socket.SendTo(payload, new IPEndPoint(IPAddress.Parse("10.9.0.1"), 5000));

        List<byte[]> frames = rig.Receive(20, static frame => frame.Length > 42 && PortOf(frame) == 5000);
        Assert.Equal(payload, frames.SelectMany(static frame => frame[42..]));
    }

    [NamespaceTheory]
    [InlineData(1200, 0, 1)]
    [InlineData(1201, 500, 3)]
    public void Receive_TaggedDatagramWithoutChecksum_HasTagAndChecksum(int payloadBytes, ushort segmentBytes, int frameCount)
    {
        using var rig = new AfPacketRig();
        byte[] payload = RandomBytes(payloadBytes);
        byte[] frame = PacketBuilder.Ethernet(0x02_00_00_00_00_01, 0x02_00_00_00_00_02)
            .Vlan(77).Ipv4(0x0A000002, 0x0A000001).Udp(4000, 5000).Payload(payload).ToArray();
        // What a stack leaves for the NIC: the sum of the pseudo header, in place of the checksum.
        ulong pseudoSum = Checksum.PseudoHeaderSum(
            MemoryMarshal.Read<uint>(frame.AsSpan(30)), MemoryMarshal.Read<uint>(frame.AsSpan(34)), IpProtocol.Udp, payloadBytes + 8);
        MemoryMarshal.Write(frame.AsSpan(44), (ushort)~Checksum.Finish(pseudoSum));
        byte kind = segmentBytes == 0 ? (byte)0 : SegmentationHeader.KindUdp;
        rig.Link.SendUnfinished(new SegmentationHeader(1, kind, 46, segmentBytes, ChecksumStart: 38, ChecksumOffset: 6), frame);

        List<byte[]> frames = rig.Receive(frameCount, static frame => frame.Length > 46 && frame[12] == 0x81 && PortOf(frame) == 5000);
        Assert.All(frames, static frame => Assert.Null(FrameChecker.FindFault(frame)));
        Assert.All(frames, static frame => Assert.Equal(77, frame[15]));
        Assert.Equal(payload, frames.SelectMany(static frame => frame[46..]));
    }

    [NamespaceTheory]
    [InlineData("10.9.0.1", "10.9.0.2", 24)]
    [InlineData("fd00::1", "fd00::2", 64)]
    public void Bridge_RealTcpWithAllOffloadsOn_ArrivesWhole(string client, string server, int prefixBits)
    {
        using var bridge = new TwoPortBridge();
        bridge.Lan.Run($"ip addr add {client}/{prefixBits} dev lan0{(prefixBits == 64 ? " nodad" : string.Empty)}");
        bridge.Wan.Run($"ip addr add {server}/{prefixBits} dev wan0{(prefixBits == 64 ? " nodad" : string.Empty)}");
        byte[] sent = RandomBytes(24 << 20);
        IPAddress address = IPAddress.Parse(server);
        using var listener = bridge.Wan.Invoke(() => new TcpListener(address, 5001));
        listener.Start();
        using Socket socket = bridge.Lan.Invoke(() => new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp));

        bridge.Start();
        var sender = new Thread(() => SendAll(socket, new IPEndPoint(address, 5001), sent));
        sender.Start();
        Assert.True(Patience.Until(listener.Pending));
        using Socket accepted = listener.AcceptSocket();
        byte[] arrived = ReadToEnd(accepted, sent.Length);
        socket.Dispose(); // Ends the sender where the bytes did not get through.
        sender.Join();
        bridge.Stop();

        Assert.Equal(SHA256.HashData(sent), SHA256.HashData(arrived));
        Assert.Null(bridge.Fault);
        Assert.InRange(bridge.LongestFrameBytes, 1400, EthernetFrameBytesMax);
        // Many segments came as one: otherwise this shows nothing about cutting them.
        Assert.True(bridge.FrameCount > 2 * bridge.SeenByKernelCount, $"{bridge.FrameCount} of {bridge.SeenByKernelCount}");
    }

    [Fact]
    public void TryRead_AnyBytes_GivesALayoutWithinThemOrAReason()
    {
        var prng = new Prng(77);
        int layoutCount = 0;
        for (int step = 0; step < 20_000; step++)
        {
            byte[] frame = prng.NextFrame(prng.Next(RandomFrames.ShapeCount));
            int damage = prng.Next(3);
            for (int i = 0; i < damage; i++)
                frame[prng.Next(frame.Length)] = (byte)prng.Next(256);
            ReadOnlySpan<byte> cut = frame.AsSpan(0, frame.Length - prng.Next(Math.Min(3, frame.Length)));
            if (SegmentLayout.TryRead(cut, (byte)prng.Next(7), out SegmentLayout layout) != DropReason.None)
                continue;
            layoutCount++;
            Assert.True(layout.HeaderBytes <= cut.Length, $"step {step}");
        }

        Assert.True(layoutCount > 100, $"{layoutCount}");
    }

    private static Socket OpenUdp(AfPacketRig rig, string address, string target)
    {
        const string InterfaceName = "peer0";
        IPAddress family = IPAddress.Parse(target);
        rig.Peer.Run($"ip addr add {address} dev {InterfaceName}{(family.AddressFamily == AddressFamily.InterNetworkV6 ? " nodad" : string.Empty)}");
        rig.Peer.Run($"ip neigh add {target} lladdr 02:00:00:00:00:01 dev {InterfaceName}");
        return rig.Peer.Invoke(() => new Socket(family.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
    }

    private static int PortOf(byte[] frame)
    {
        int ip = FrameChecker.IpOffset(frame);
        if (ip < 0)
            return -1;
        int port = ip + (frame[ip] >> 4 == 4 ? 20 : 40) + 2;
        return port + 1 < frame.Length ? (frame[port] << 8) | frame[port + 1] : -1;
    }

    private static byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        new Prng(count).NextBytes(bytes);
        return bytes;
    }

    private static void SendAll(Socket socket, IPEndPoint target, byte[] bytes)
    {
        try
        {
            socket.Connect(target);
            _ = socket.Send(bytes);
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The receiver tells what is missing.
        }
    }

    // What came until the end, or until nothing came for a long while.
    private static byte[] ReadToEnd(Socket socket, int lengthMax)
    {
        byte[] bytes = new byte[lengthMax + 1];
        int count = 0;
        socket.ReceiveTimeout = ReceiveTimeoutMs;
        try
        {
            for (int read = -1; read != 0 && count < bytes.Length; count += read)
                read = socket.Receive(bytes.AsSpan(count));
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            return bytes[..count];
        }

        return bytes[..count];
    }
}
