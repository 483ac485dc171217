using Natflow.Bpf;
using Natflow.Core;
using Natflow.Packets.Build;
using Natflow.Ports.AfXdp;
using Natflow.Testing;
using Natflow.Testing.Namespaces;

namespace Natflow.Ports.Tests.AfXdp;

public sealed class AfXdpPortTests
{
    [NamespaceTheory]
    [InlineData(XdpDriverMode.Auto)]
    [InlineData(XdpDriverMode.Generic)]
    public void Receive_FramesForTheGateway_FillsDescriptorsAndKeepsBytes(XdpDriverMode mode)
    {
        using var rig = new XdpRig();
        using AfXdpPort port = rig.Open("lan", new AfXdpSettings { PortIndex = 3 }, mode);
        RawLink link = rig.Link(rig.Lan, "lan0");
        byte[][] sent = [.. Enumerable.Range(0, 100).Select(static i => Udp(i, payloadBytes: 18 + (i * 14)))];
        foreach (byte[] frame in sent)
            link.Send(frame);

        List<FrameDescriptor> received = rig.Receive(port, sent.Length);

        Assert.Equal(sent, received.Select(rig.Bytes));
        Assert.All(received, static frame =>
        {
            var expected = new FrameDescriptor { FrameOffset = frame.FrameOffset, LengthBytes = frame.LengthBytes, PortIndex = 3 };
            Assert.Equal(expected, frame);
        });
        Assert.Equal(100, received.Select(frame => rig.Memory.ChunkOf(frame.FrameOffset)).Distinct().Count());
        Assert.Equal(100ul, rig.Program.Filter.Read(HostCounter.Gateway));
        Assert.Equal(mode != XdpDriverMode.Generic, port.Modes[0].IsNative);
        Assert.False(port.Modes[0].IsZeroCopy);
    }

    [NamespaceFact]
    public void Forward_BetweenTwoPortsBothWays_MovesFramesWithoutACopy()
    {
        using var rig = new XdpRig();
        // More frames than a ring holds pass before the egress queue is asked to receive.
        using AfXdpPort lan = rig.Open("lan", new AfXdpSettings { RingSize = 64 });
        using AfXdpPort wan = rig.Open("wan", new AfXdpSettings { RingSize = 64, PortIndex = 1 });
        RawLink lanLink = rig.Link(rig.Lan, "lan0");
        RawLink wanLink = rig.Link(rig.Wan, "wan0");

        Forward(rig, lan, lanLink, wan, wanLink, frameCount: 100);
        Forward(rig, wan, wanLink, lan, lanLink, frameCount: 100);

        Assert.Equal(100ul, wan.XdpQueue(0).TransmittedCount);
        Assert.Equal(0ul, lan.XdpQueue(0).PoolEmptyCount);
    }

    [NamespaceFact]
    public void Receive_SeveralQueues_EachHasFramesAndItsOwnPool()
    {
        using var rig = new XdpRig(queueCount: 2);
        using AfXdpPort port = rig.Open("lan");
        Assert.Equal(2, port.QueueCount);
        RawLink link = rig.Link(rig.Lan, "lan0");
        const int FrameCount = 200;
        for (int i = 0; i < FrameCount; i++)
            link.Send(Udp(i, payloadBytes: 30));

        List<FrameDescriptor> received = rig.Receive(port, FrameCount);

        Assert.Equal(FrameCount, received.Select(frame => Convert.ToHexString(rig.Bytes(frame))).Distinct().Count());
        Assert.Equal((ulong)FrameCount, port.XdpQueue(0).ReceivedCount + port.XdpQueue(1).ReceivedCount);
        Assert.NotEqual(0ul, port.XdpQueue(0).ReceivedCount);
        Assert.NotEqual(0ul, port.XdpQueue(1).ReceivedCount);
        uint secondPool = (uint)(rig.ChunkCount * XdpRig.ChunkBytes);
        Assert.Equal(port.XdpQueue(1).ReceivedCount, (ulong)received.Count(frame => frame.FrameOffset >= secondPool));
    }

    [NamespaceFact]
    public void Receive_PoolExhausted_DropsCountedAndRecovers()
    {
        using var rig = new XdpRig(chunkCount: 128);
        using AfXdpPort port = rig.Open("lan", new AfXdpSettings { RingSize = 64 });
        RawLink link = rig.Link(rig.Lan, "lan0");
        var held = new List<FrameDescriptor>();
        for (int i = 0; i < 300; i++)
        {
            link.Send(Udp(i, payloadBytes: 30));
            int count = port.Queue(0).Receive(rig.Burst);
            held.AddRange(rig.Burst[..count]);
        }

        Assert.True(Patience.Until(() => port.XdpQueue(0).ReadStatistics().FillRingEmpty > 0));
        Assert.NotEqual(0ul, port.XdpQueue(0).PoolEmptyCount);
        Assert.InRange(held.Count, 64, 128);
        Assert.NotEqual(0, rig.Pools[0].Available); // What the worker needs for packets of its own.

        foreach (FrameDescriptor frame in held)
            rig.Pools[0].Return(rig.Memory.ChunkOf(frame.FrameOffset));
        _ = port.Queue(0).Receive(rig.Burst);
        link.Send(Udp(7777, payloadBytes: 30));
        Assert.Single(rig.Receive(port, 1, static frame => frame.AsSpan().SequenceEqual(Udp(7777, payloadBytes: 30))));
    }

    [NamespaceFact]
    public void Transmit_LinkDown_RefusesWhatDoesNotFitAndGoesOnAfterwards()
    {
        using var rig = new XdpRig();
        using AfXdpPort port = rig.Open("lan", new AfXdpSettings { RingSize = 64 });
        RawLink link = rig.Link(rig.Lan, "lan0");
        rig.Gateway.Run("ip link set lan down");

        int taken = 0;
        for (int i = 0; i < 100; i++)
            taken += Transmit(rig, port, Udp(i, payloadBytes: 30));
        Assert.Equal(64, taken);

        rig.Gateway.Run("ip link set lan up");
        Assert.True(Patience.Until(() => port.Queue(0).Receive(rig.Burst) == 0 && port.XdpQueue(0).IsTransmitIdle));
        Assert.Equal(1, Transmit(rig, port, Udp(5555, payloadBytes: 30)));
        Assert.Single(link.Receive(1, static frame => frame.AsSpan().SequenceEqual(Udp(5555, payloadBytes: 30))));
        link.Send(Udp(6666, payloadBytes: 30));
        Assert.Single(rig.Receive(port, 1, static frame => frame.AsSpan().SequenceEqual(Udp(6666, payloadBytes: 30))));
    }

    [NamespaceFact]
    public void Open_LinkDown_ReceivesOnceItIsUp()
    {
        using var rig = new XdpRig();
        rig.Gateway.Run("ip link set lan down");
        using AfXdpPort port = rig.Open("lan");
        rig.Gateway.Run("ip link set lan up");
        rig.Link(rig.Lan, "lan0").Send(Udp(1, payloadBytes: 30));
        Assert.Single(rig.Receive(port, 1));
    }

    [NamespaceFact]
    public void Dispose_WithFramesInAllRings_GivesEveryChunkBackAndRestoresOffloads()
    {
        using var rig = new XdpRig();
        string before = rig.Gateway.Run("ethtool -k lan");
        AfXdpPort port = rig.Open("lan");
        Assert.Contains("rx-vlan-offload: off", rig.Gateway.Run("ethtool -k lan"), StringComparison.Ordinal);
        RawLink link = rig.Link(rig.Lan, "lan0");
        for (int i = 0; i < 50; i++)
            link.Send(Udp(i, payloadBytes: 30));
        Assert.True(Patience.Until(() => rig.Program.Filter.Read(HostCounter.Gateway) == 50));
        rig.Gateway.Run("ip link set lan down");
        for (int i = 0; i < 20; i++)
            Assert.Equal(1, Transmit(rig, port, Udp(i, payloadBytes: 30)));

        rig.Gateway.Invoke(port.Dispose);

        Assert.Equal(rig.ChunkCount, rig.Pools[0].Available);
        var chunks = new HashSet<uint>();
        while (rig.Pools[0].TryRent(out uint chunk))
            Assert.True(chunks.Add(chunk));
        Assert.Contains("rx-vlan-offload: on", before, StringComparison.Ordinal);
        Assert.Contains("rx-vlan-offload: on", rig.Gateway.Run("ethtool -k lan"), StringComparison.Ordinal);
    }

    [NamespaceFact]
    public void Receive_BusyPolled_SaysSoAndReceives()
    {
        using var rig = new XdpRig();
        using AfXdpPort port = rig.Open("lan", new AfXdpSettings { BusyPollMicroseconds = 20 });
        Assert.True(port.Modes[0].IsBusyPolled);
        rig.Link(rig.Lan, "lan0").Send(Udp(1, payloadBytes: 30));
        Assert.Single(rig.Receive(port, 1));
        Assert.Equal(0, port.Queue(0).Receive(rig.Burst));
        Assert.NotEqual(0ul, port.XdpQueue(0).SystemCallCount);
    }

    [NamespaceFact]
    public void Reopen_AtOnce_WaitsForTheQueueAndReceives()
    {
        using var rig = new XdpRig();
        RawLink link = rig.Link(rig.Lan, "lan0");
        using XdpAttachment attachment = rig.Gateway.Invoke(() => rig.Program.Attach("lan"));
        for (int round = 0; round < 5; round++)
        {
            using AfXdpPort port = rig.Gateway.Invoke(
                () => AfXdpPort.Open(attachment, rig.Program.Sockets, rig.Umem, rig.Pools, new AfXdpSettings()));
            link.Send(Udp(round, payloadBytes: 30));
            FrameDescriptor frame = Assert.Single(rig.Receive(port, 1));
            Assert.Equal(Udp(round, payloadBytes: 30), rig.Bytes(frame));
            rig.Pools[0].Return(rig.Memory.ChunkOf(frame.FrameOffset));
        }
    }

    [NamespaceFact]
    public void Program_WithoutPort_DropsWhatIsTheGatewaysAndLeavesTheRest()
    {
        using var rig = new XdpRig();
        _ = rig.Keep(rig.Gateway.Invoke(() => rig.Program.Attach("lan")));
        RawLink link = rig.Link(rig.Lan, "lan0");
        using RawLink tap = new(rig.Gateway, "lan");
        byte[] arp = PacketBuilder.Ethernet(0xFFFFFFFFFFFF).Arp(1, 0x020000000002, 0x0A000001, 0, 0x0A000002).ToArray();
        link.Send(Udp(1, payloadBytes: 30));
        link.Send(arp);

        Assert.Single(tap.Receive(1, frame => frame.AsSpan().StartsWith(arp)));
        Assert.True(Patience.Until(() => rig.Program.Filter.Read(HostCounter.UnknownPort) == 1));
        Assert.Equal(1ul, rig.Program.Filter.Read(HostCounter.Group));
        Assert.Null(tap.TryReceive());
    }

    private static void Forward(XdpRig rig, AfXdpPort from, RawLink fromLink, AfXdpPort to, RawLink toLink, int frameCount)
    {
        var prng = new Prng(frameCount);
        for (int i = 0; i < frameCount; i++)
        {
            byte[] frame = Udp(i, payloadBytes: 18 + prng.Next(1400));
            fromLink.Send(frame);
            FrameDescriptor received = Assert.Single(rig.Receive(from, 1));
            Assert.Equal(1, to.Queue(0).Transmit([received]));
            Assert.Equal(frame, Assert.Single(toLink.Receive(1, static other => other[12] == 8)));
        }
    }

    private static int Transmit(XdpRig rig, AfXdpPort port, byte[] frame)
    {
        Assert.True(rig.Pools[0].TryRent(out uint chunk));
        frame.CopyTo(rig.Memory.Frame(chunk + 64, frame.Length));
        int taken = port.Queue(0).Transmit([new FrameDescriptor { FrameOffset = chunk + 64, LengthBytes = (ushort)frame.Length }]);
        if (taken == 0)
            rig.Pools[0].Return(chunk);
        return taken;
    }

    private static byte[] Udp(int number, int payloadBytes)
    {
        byte[] payload = new byte[payloadBytes];
        new Prng(number).NextBytes(payload);
        return PacketBuilder.Ethernet(0x020000000001, 0x020000000002).Ipv4(0x0A000002, 0xC6336401).Udp((ushort)(1024 + number), 53).Payload(payload).ToArray();
    }
}
