using Natflow.Core;
using Natflow.Memory;
using Natflow.Ports.AfPacket;
using Natflow.Ports.Tests.Wire;
using Natflow.Testing;
using Natflow.Testing.Namespaces;

namespace Natflow.Ports.Tests.AfPacket;

public sealed class AfPacketPortTests
{
    [NamespaceFact]
    public void Receive_FramesOfAnyLength_AreByteExactAndInOrder()
    {
        using var rig = new AfPacketRig();
        var prng = new Prng(1);
        List<byte[]> sent = [.. Enumerable.Range(0, 500).Select(i => TestFrames.Make(prng, 60 + prng.Next(1455)))];
        foreach (byte[] frame in sent)
            rig.Link.Send(frame);

        Assert.Equal(sent, rig.Receive(sent.Count, TestFrames.IsOurs));
        Assert.Equal(rig.Pump.ChunkCount, rig.Pump.Pools[0].Available);
        Assert.Equal(0ul, rig.Queue.Drops.Total());
    }

    [NamespaceFact]
    public void Receive_Descriptor_NamesThePort()
    {
        using var rig = new AfPacketRig();
        rig.Link.Send(TestFrames.Make(new Prng(1), 60));
        var frames = new FrameDescriptor[1];

        Assert.True(Patience.Until(() => rig.Queue.Receive(frames) == 1));
        Assert.Equal((3, FrameFlags.None, 0), (frames[0].PortIndex, frames[0].Flags, frames[0].L3Offset));
        Assert.Equal((uint)Umem.HeadroomBytes, frames[0].FrameOffset % (uint)rig.Pump.Umem.ChunkBytes);
    }

    [NamespaceFact]
    public void Transmit_FramesOfAnyLength_AreByteExactAndInOrder()
    {
        using var rig = new AfPacketRig();
        var prng = new Prng(2);
        List<byte[]> sent = [.. Enumerable.Range(0, 3000).Select(i => TestFrames.Make(prng, 60 + prng.Next(1455)))];
        var arrived = new List<byte[]>();
        foreach (byte[] frame in sent)
        {
            Assert.True(Patience.Until(() => rig.Pump.Transmit(rig.Queue, frame)));
            arrived.AddRange(rig.Link.Receive(1, TestFrames.IsOurs));
        }

        Assert.Equal(sent, arrived);
        Assert.Equal(3000ul, rig.Queue.SentCount);
        Assert.Equal(rig.Pump.ChunkCount, rig.Pump.Pools[0].Available);
    }

    [NamespaceFact]
    public void Receive_WhatTheBoxSends_IsNotSeen()
    {
        using var rig = new AfPacketRig();
        using var neighbour = new RawLink(rig.Gateway, "gw0");
        var prng = new Prng(3);
        neighbour.Send(TestFrames.Make(prng, 150));
        Assert.Single(rig.Link.Receive(1, TestFrames.IsOurs));
        Assert.True(rig.Pump.Transmit(rig.Queue, TestFrames.Make(prng, 100)));
        Assert.Single(rig.Link.Receive(1, TestFrames.IsOurs));
        byte[] other = TestFrames.Make(prng, 200);
        rig.Link.Send(other);

        Assert.Equal([other], rig.Receive(1, TestFrames.IsOurs));
    }

    [NamespaceTheory]
    [InlineData((ushort)0x8100, (ushort)0x6123)]
    [InlineData((ushort)0x88A8, (ushort)0x0FFE)]
    [InlineData((ushort)0x8100, (ushort)0x0000)]
    public void Receive_TaggedFrame_HasItsTag(ushort etherType, ushort control)
    {
        using var rig = new AfPacketRig();
        byte[] inner = TestFrames.Tag(TestFrames.Make(new Prng(4), 500), 0x8100, 7);
        byte[] tagged = TestFrames.Tag(inner, etherType, control);
        rig.Link.Send(tagged);

        Assert.Equal([tagged], rig.Receive(1, TestFrames.IsOurs));
    }

    [NamespaceFact]
    public void Receive_MoreThanTheRingHolds_CountsLossAndGoesOn()
    {
        using var rig = new AfPacketRig(change: static settings => settings with { BlockBytes = 128 << 10, BlockCount = 2 });
        var prng = new Prng(5);
        for (int i = 0; i < 2000; i++)
            rig.Link.Send(TestFrames.Make(prng, 1000));

        AfPacketStatistics statistics = rig.Queue.ReadStatistics();
        Assert.True(statistics is { LostCount: > 0, FreezeCount: > 0 }, statistics.ToString());
        Assert.True(statistics.SeenCount >= 2000);

        int waiting = (int)(statistics.SeenCount - statistics.LostCount);
        Assert.InRange(rig.Receive(waiting, static _ => true).Count, waiting, waiting + 20);
        byte[] later = TestFrames.Make(prng, 333);
        rig.Link.Send(later);
        Assert.Equal([later], rig.Receive(1, frame => frame.Length == 333));
        Assert.Equal(statistics.LostCount, rig.Queue.ReadStatistics().LostCount);
    }

    [NamespaceFact]
    public void Receive_NoFreeChunk_LeavesFramesInTheRing()
    {
        using var rig = new AfPacketRig(chunkCount: 8);
        var prng = new Prng(6);
        List<byte[]> sent = [.. Enumerable.Range(0, 40).Select(i => TestFrames.Make(prng, 60 + i))];
        foreach (byte[] frame in sent)
            rig.Link.Send(frame);

        Assert.Equal(sent, rig.Receive(sent.Count, TestFrames.IsOurs));
        Assert.Equal(8, rig.Pump.Pools[0].Available);
    }

    [NamespaceFact]
    public void Fanout_TwoQueues_KeepFlowsTogether()
    {
        using var rig = new AfPacketRig(queueCount: 2);
        const int FlowCount = 64;
        for (int i = 0; i < FlowCount * 8; i++)
        {
            rig.Link.Send(Packets.Build.PacketBuilder.Ethernet(0x02_00_00_00_00_01, 0x02_00_00_00_00_02)
                .Ipv4(0x0A000002, 0x0A000001).Udp((ushort)(40_000 + (i % FlowCount)), 53).Payload([1, 2, 3]).ToArray());
        }

        var queueOf = new Dictionary<int, int>();
        int total = 0;
        Assert.True(Patience.Until(() =>
        {
            for (int queue = 0; queue < 2; queue++)
            {
                foreach (byte[] frame in rig.Pump.ReceiveBurst(rig.Port.Queue(queue), rig.Pump.Pools[queue]).Where(IsUdpFrame))
                {
                    int flow = (frame[34] << 8) | frame[35];
                    Assert.Equal(queue, queueOf.TryGetValue(flow, out int known) ? known : queue);
                    queueOf[flow] = queue;
                    total++;
                }
            }

            return total == FlowCount * 8;
        }));
        Assert.Equal(FlowCount, queueOf.Count);
        Assert.Equal([0, 1], queueOf.Values.Distinct().Order());

        static bool IsUdpFrame(byte[] frame) => frame.Length > 41 && frame[12] == 8 && frame[13] == 0 && frame[23] == 17;
    }

    [NamespaceFact]
    public void Transmit_InterfaceGoesDownAndUp_CountsTheLossAndGoesOn()
    {
        using var rig = new AfPacketRig();
        var prng = new Prng(7);
        rig.Gateway.Run("ip link set gw0 down");
        for (int i = 0; i < 5; i++)
            Assert.True(rig.Pump.Transmit(rig.Queue, TestFrames.Make(prng, 100)));
        Assert.Equal(5ul, rig.Queue.Drops.Read(DropReason.LinkDown));
        Assert.Equal(rig.Pump.ChunkCount, rig.Pump.Pools[0].Available);

        rig.Gateway.Run("ip link set gw0 up");
        byte[] there = TestFrames.Make(prng, 200);
        byte[] back = TestFrames.Make(prng, 300);
        Assert.True(rig.Pump.Transmit(rig.Queue, there));
        Assert.Equal([there], rig.Link.Receive(1, TestFrames.IsOurs));
        rig.Link.Send(back);
        Assert.Equal([back], rig.Receive(1, TestFrames.IsOurs));
        Assert.Equal(5ul, rig.Queue.Drops.Read(DropReason.LinkDown));
    }

    // The interface stays up, so the kernel refuses frames as when a queue is full. Kept until the far end comes back, they would leave for a shard that is another node's by then.
    [NamespaceFact]
    public void Transmit_FarEndGoesDownAndUp_WhatWaitedLongIsLostNotSent()
    {
        using var rig = new AfPacketRig();
        var prng = new Prng(11);
        rig.Peer.Run("ip link set peer0 down");
        byte[][] stale = [.. Enumerable.Range(0, 5).Select(_ => TestFrames.Make(prng, 100))];
        foreach (byte[] frame in stale)
            Assert.True(rig.Pump.Transmit(rig.Queue, frame));
        long start = Environment.TickCount64;
        Assert.True(Patience.Until(() => Environment.TickCount64 - start > 2 * TransmitRing.WaitMs));

        rig.Peer.Run("ip link set peer0 up");
        using var link = new RawLink(rig.Peer, "peer0");
        byte[] fresh = TestFrames.Make(prng, 200);
        Assert.True(Patience.Until(() => rig.Gateway.Run("cat /sys/class/net/gw0/carrier").StartsWith('1')));
        Assert.True(rig.Pump.Transmit(rig.Queue, fresh));
        Assert.Equal([fresh], link.Receive(1, TestFrames.IsOurs));
        Assert.Equal(5ul, rig.Queue.Drops.Read(DropReason.LinkDown));
    }

    [NamespaceFact]
    public void Transmit_InterfaceIsDeleted_CountsTheLoss()
    {
        using var rig = new AfPacketRig();
        rig.Gateway.Run("ip link del gw0");

        Assert.True(rig.Pump.Transmit(rig.Queue, TestFrames.Make(new Prng(8), 100)));
        Assert.Equal(1ul, rig.Queue.Drops.Read(DropReason.LinkDown));
        Assert.DoesNotContain(rig.Pump.ReceiveBurst(rig.Queue, rig.Pump.Pools[0]), TestFrames.IsOurs);
    }

    [NamespaceFact]
    public void Transmit_UnsuitableFrames_AreCounted()
    {
        using var rig = new AfPacketRig();
        var prng = new Prng(9);
        Assert.True(rig.Pump.Transmit(rig.Queue, TestFrames.Make(prng, 1515)));
        Assert.True(rig.Pump.Transmit(rig.Queue, TestFrames.Make(prng, 14)));
        byte[] tagged = TestFrames.Tag(TestFrames.Make(prng, 1514), 0x8100, 5);
        Assert.True(rig.Pump.Transmit(rig.Queue, tagged));

        Assert.Equal(1ul, rig.Queue.Drops.Read(DropReason.Oversize));
        Assert.Equal(1ul, rig.Queue.Drops.Read(DropReason.Truncated));
        Assert.Equal(1ul, rig.Queue.SentCount);
    }

    [NamespaceFact]
    public void RefreshMtu_AfterItChanged_AdmitsWhatFitsNow()
    {
        using var rig = new AfPacketRig();
        rig.Gateway.Run("ip link set gw0 mtu 1280");
        rig.Port.RefreshMtu();

        Assert.Equal(1280, rig.Port.MtuBytes);
        Assert.True(rig.Pump.Transmit(rig.Queue, TestFrames.Make(new Prng(10), 1400)));
        Assert.Equal(1ul, rig.Queue.Drops.Read(DropReason.Oversize));
    }

    [NamespaceFact]
    public void Receive_FrameLargerThanAChunk_IsCounted()
    {
        using var rig = new AfPacketRig(mtu: "9000");
        var prng = new Prng(11);
        rig.Link.Send(TestFrames.Make(prng, 3000));
        byte[] fitting = TestFrames.Make(prng, 1900);
        rig.Link.Send(fitting);

        Assert.Equal([fitting], rig.Receive(1, TestFrames.IsOurs));
        Assert.Equal(1ul, rig.Queue.Drops.Read(DropReason.Oversize));
    }

    [NamespaceFact]
    public void ReceiveAndTransmit_Steadily_AllocateNothing()
    {
        using var rig = new AfPacketRig();
        byte[] frame = TestFrames.Make(new Prng(12), 400);
        var burst = new FrameDescriptor[FrameDescriptor.BurstMax];
        int passed = 0;
        long allocated = 0;
        for (int i = 0; i < 50; i++)
            Round();

        allocated = 0;
        for (int i = 0; i < 500; i++)
            Round();
        Assert.Equal(0, allocated);
        Assert.True(passed > 0);

        void Round()
        {
            rig.Link.Send(frame);
            long before = GC.GetAllocatedBytesForCurrentThread();
            int count = rig.Queue.Receive(burst);
            passed += rig.Queue.Transmit(burst.AsSpan(0, count));
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [NamespaceFact]
    public void Open_MissingInterface_NamesThoseThatExist()
    {
        using var rig = new AfPacketRig();
        NativeException error = Assert.Throws<NativeException>(() => rig.Gateway.Invoke(() => Open(rig.Pump, "nosuch0")));

        Assert.Contains("\"nosuch0\"; there are: lo, gw0", error.Message, StringComparison.Ordinal);
    }

    [Pcap.UnprivilegedFact]
    public void Open_WithoutCapability_NamesIt()
    {
        using var pump = new PortPump();
        NativeException error = Assert.Throws<NativeException>(() => Open(pump, "lo"));

        Assert.Contains("CAP_NET_RAW", error.Message, StringComparison.Ordinal);
    }

    private static void Open(PortPump pump, string name) =>
        new AfPacketPort(new AfPacketSettings { InterfaceName = name }, 0, pump.Umem, pump.Pools).Dispose();
}
