using Natflow.Core;
using Natflow.Packets;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Shards;

public sealed class HairpinTests
{
    [Fact]
    public void UDP_14_UDP_15_HairpinnedDatagram_CarriesTheSendersExternalEndpoint_AndTheAnswerComesBack()
    {
        using var rig = new ShardRig();
        (uint, ushort) b = rig.Map((B, 6000), (X1, 53));
        (uint, ushort) a = rig.Map((A, 5000), (X1, 53));

        RigPacket atB = rig.FromInside(Frames.Udp((A, 5000), b));
        RigPacket atA = rig.FromInside(Frames.Udp((B, 6000), a));

        Assert.Equal((true, Side.Lan), (atB.IsHairpinned, atB.Egress));
        Assert.Equal((a, (B, (ushort)6000)), (atB.Packet.From, atB.Packet.To));
        Assert.Equal((b, (A, (ushort)5000)), (atA.Packet.From, atA.Packet.To));
        Assert.Equal(63, atB.Packet.Ttl);
    }

    [Fact]
    public void UDP_15_HostToItselfThroughItsOwnMapping_Works()
    {
        using var rig = new ShardRig();
        (uint, ushort) a = rig.Map((A, 5000), (X1, 53));

        RigPacket atA = rig.FromInside(Frames.Udp((A, 5000), a));

        Assert.Equal((a, (A, (ushort)5000)), (atA.Packet.From, atA.Packet.To));
    }

    [Fact]
    public void TCP_12_HairpinnedConnection_Establishes()
    {
        using var rig = new ShardRig(Defaults with { PortForwards = [new PortForward(IpProtocol.Tcp, E1, 80, B, 80)] });
        RigPacket syn = rig.FromInside(Frames.Syn((A, 5000), (E1, 80)));
        Assert.Equal((E1, (B, (ushort)80)), (syn.Packet.Source, syn.Packet.To));
        RigPacket synAck = rig.FromInside(Frames.SynAck((B, 80), syn.Packet.From));
        Assert.Equal(((E1, (ushort)80), (A, (ushort)5000)), (synAck.Packet.From, synAck.Packet.To));
        RigPacket ack = rig.FromInside(Frames.Tcp((A, 5000), (E1, 80), TcpFlags.Ack, 10));
        Assert.True(ack.IsForwarded);
    }

    [Fact]
    public void HairpinToAnEndpointWithoutMapping_IsDropped()
    {
        using var rig = new ShardRig();

        Assert.Equal(DropReason.NoMapping, rig.FromInside(Frames.Udp((A, 5000), (E1, 999))).Reason);
    }
}
