using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Natflow.Core;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Packets.Link;
using Natflow.Ports.Tap;
using Natflow.Ports.Tests.Wire;
using Natflow.Testing;
using Natflow.Testing.Namespaces;
using Natflow.Testing.Packets;

namespace Natflow.Ports.Tests.Tap;

public sealed class TapPortTests : IDisposable
{
    private const ulong KernelMac = 0x02_00_00_00_0A_01;
    private const ulong ResponderMac = 0x02_00_00_00_0A_02;
    private const uint ResponderAddress = 0x0A0A0002;

    private readonly TestNamespace? _place = NamespaceSupport.SkipReason is null ? new TestNamespace("tap") : null;
    private readonly PortPump _pump = new(queueCount: 2);

    public void Dispose()
    {
        _pump.Dispose();
        _place?.Dispose();
    }

    [NamespaceFact]
    public void Ping_AnsweredByTheProcess_ComesBackToTheKernel()
    {
        using TapPort port = Open(1);
        _place!.Run("ip addr add 10.10.0.1/24 dev nftap0");
        using Socket socket = _place.Invoke(() => new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Icmp));
        byte[] request = [8, 0, 0, 0, 0x12, 0x34, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8];
        BinaryPrimitives.WriteUInt16LittleEndian(request.AsSpan(2), Checksum.Compute(request));
        _ = socket.SendTo(request, new IPEndPoint(IPAddress.Parse("10.10.0.2"), 0));

        Assert.True(Patience.Until(() =>
        {
            foreach (byte[] frame in _pump.ReceiveBurst(port.Queue(0), _pump.Pools[0]))
                Answer(port, frame);
            return socket.Available != 0;
        }));
        byte[] reply = new byte[100];
        int length = socket.Receive(reply);
        Assert.Equal([0, 0], reply[20..22]);
        Assert.Equal(request[4..], reply[24..length]);
    }

    [NamespaceFact]
    public void Receive_WhatTheKernelSends_IsComplete()
    {
        using TapPort port = Open(1);
        _place!.Run("ip addr add 10.10.0.1/24 dev nftap0");
        _place.Run("ip neigh add 10.10.0.2 lladdr 02:00:00:00:0a:02 dev nftap0");
        using Socket socket = _place.Invoke(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        byte[] payload = new byte[1400];
        new Prng(1).NextBytes(payload);
        _ = socket.SendTo(payload, new IPEndPoint(IPAddress.Parse("10.10.0.2"), 5000));

        byte[] frame = Assert.Single(_pump.Receive(port.Queue(0), 1, static frame => frame.Length == 1442));
        Assert.Null(FrameChecker.FindFault(frame));
        Assert.Equal((ResponderMac, KernelMac), (MacAddress.Read(frame), MacAddress.Read(frame.AsSpan(6))));
        Assert.Equal(payload, frame[42..]);
    }

    [NamespaceFact]
    public void Open_Settings_AreTheInterfaces()
    {
        using TapPort port = Open(2, mtuBytes: 1300);
        string shown = _place!.Run("ip -d link show nftap0");

        Assert.Contains("mtu 1300", shown, StringComparison.Ordinal);
        Assert.Contains("02:00:00:00:0a:01", shown, StringComparison.Ordinal);
        Assert.Contains("multi_queue", shown, StringComparison.Ordinal);
        Assert.Contains("persist off", shown, StringComparison.Ordinal);
        Assert.Equal(2, port.QueueCount);
    }

    [NamespaceFact]
    public void Dispose_Port_TakesTheInterfaceAway()
    {
        Open(2).Dispose();

        Assert.DoesNotContain("nftap0", _place!.Run("ip link"), StringComparison.Ordinal);
    }

    [NamespaceFact]
    public void Receive_FlowsOverTwoQueues_StayTogether()
    {
        using TapPort port = Open(2);
        using var raw = new RawLink(_place!, "nftap0");
        const int FlowCount = 64;
        for (int i = 0; i < FlowCount * 4; i++)
        {
            raw.Send(Packets.Build.PacketBuilder.Ethernet(ResponderMac, KernelMac)
                .Ipv4(0x0A0A0001, ResponderAddress).Udp((ushort)(40_000 + (i % FlowCount)), 53).Payload([1]).ToArray());
        }

        var queueOf = new Dictionary<int, int>();
        int total = 0;
        Assert.True(Patience.Until(() =>
        {
            for (int queue = 0; queue < 2; queue++)
            {
                foreach (byte[] frame in _pump.ReceiveBurst(port.Queue(queue), _pump.Pools[queue]).Where(static frame => frame.Length == 43))
                {
                    int flow = (frame[34] << 8) | frame[35];
                    Assert.Equal(queue, queueOf.TryGetValue(flow, out int known) ? known : queue);
                    queueOf[flow] = queue;
                    total++;
                }
            }

            return total == FlowCount * 4;
        }));
        Assert.Equal([0, 1], queueOf.Values.Distinct().Order());
    }

    [NamespaceFact]
    public void Receive_FrameLargerThanAChunk_IsCounted()
    {
        using TapPort port = Open(1, mtuBytes: 9000);
        using var raw = new RawLink(_place!, "nftap0");
        var prng = new Prng(2);
        byte[] fitting = TestFrames.Make(prng, _pump.Umem.FrameBytesMax);
        raw.Send(TestFrames.Make(prng, _pump.Umem.FrameBytesMax + 1));
        raw.Send(TestFrames.Make(prng, 5000));
        raw.Send(fitting);

        Assert.Equal([fitting], _pump.Receive(port.Queue(0), 1, TestFrames.IsOurs));
        Assert.Equal(2ul, port.Queue(0).Drops.Read(DropReason.Oversize));
        Assert.Equal(_pump.ChunkCount, _pump.Pools[0].Available);
    }

    [NamespaceFact]
    public void Transmit_Frames_AreByteExact()
    {
        using TapPort port = Open(1);
        using var raw = new RawLink(_place!, "nftap0");
        var prng = new Prng(3);
        List<byte[]> sent = [.. Enumerable.Range(0, 100).Select(i => TestFrames.Make(prng, 60 + prng.Next(1455)))];
        foreach (byte[] frame in sent)
            Assert.True(_pump.Transmit(port.Queue(0), frame));

        Assert.Equal(sent, raw.Receive(sent.Count, TestFrames.IsOurs));
    }

    [NamespaceFact]
    public void Transmit_InterfaceDownOrFrameTooShort_IsCounted()
    {
        using TapPort port = Open(1);
        Assert.True(_pump.Transmit(port.Queue(0), [1, 2, 3]));
        Assert.Equal(1ul, port.Queue(0).Drops.Read(DropReason.BadHeader));

        _place!.Run("ip link set nftap0 down");
        Assert.True(_pump.Transmit(port.Queue(0), TestFrames.Make(new Prng(4), 60)));
        Assert.Equal(1ul, port.Queue(0).Drops.Read(DropReason.LinkDown));
        Assert.DoesNotContain(_pump.ReceiveBurst(port.Queue(0), _pump.Pools[0]), TestFrames.IsOurs);
        Assert.Equal(_pump.ChunkCount, _pump.Pools[0].Available);
    }

    [NamespaceFact]
    public void Open_NameOfAnotherInterface_SaysSo()
    {
        _place!.Run("ip link add nftap0 type veth peer name other0");
        NativeException error = Assert.Throws<NativeException>(() => Open(1));

        Assert.Contains("nftap0: an interface of that name is of another kind", error.Message, StringComparison.Ordinal);
    }

    [NamespaceFact]
    public void Open_Twice_SaysThatItIsInUse()
    {
        using TapPort port = Open(1);
        NativeException error = Assert.Throws<NativeException>(() => Open(1));

        Assert.Contains("nftap0: another process has it open", error.Message, StringComparison.Ordinal);
    }

    private TapPort Open(int queueCount, int? mtuBytes = null) => _place!.Invoke(() => new TapPort(
        new TapSettings { InterfaceName = "nftap0", MacAddress = KernelMac, MtuBytes = mtuBytes }, 1, _pump.Umem, _pump.Pools[..queueCount]));

    // ARP and ICMP echo of a host at the other end.
    private void Answer(TapPort port, byte[] frame)
    {
        if (frame.Length < 42)
            return;
        byte[] answer = [.. frame];
        frame.AsSpan(6, 6).CopyTo(answer);
        MacAddress.Write(answer.AsSpan(6), ResponderMac);
        if (frame[12] == 8 && frame[13] == 6)
        {
            answer[21] = 2;
            MacAddress.Write(answer.AsSpan(22), ResponderMac);
            frame.AsSpan(38, 4).CopyTo(answer.AsSpan(28));
            frame.AsSpan(22, 10).CopyTo(answer.AsSpan(32));
        }
        else if (frame[12] == 8 && frame[13] == 0 && frame[23] == 1 && frame[34] == 8)
        {
            frame.AsSpan(26, 4).CopyTo(answer.AsSpan(30));
            frame.AsSpan(30, 4).CopyTo(answer.AsSpan(26));
            answer[34] = 0;
            answer.AsSpan(36, 2).Clear();
            BinaryPrimitives.WriteUInt16LittleEndian(answer.AsSpan(36), Checksum.Compute(answer.AsSpan(34)));
        }
        else
        {
            return;
        }

        Assert.True(_pump.Transmit(port.Queue(0), answer));
    }
}
