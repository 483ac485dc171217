using Natflow.Core;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Shards;

public sealed class IcmpErrorTests
{
    private const byte Unreachable = 3;
    private const byte TimeExceeded = 11;

    private static readonly (byte Type, byte Code)[] Kinds = [(3, 3), (3, 1), (3, 4), (11, 0), (12, 0), (4, 0)];

    [Fact]
    public void ICMP_09_UDP_19_UDP_20_ErrorFromOutside_ReachesTheSender_QuotingWhatItSent()
    {
        using var rig = new ShardRig();
        byte[] original = Frames.Udp((A, 5000), (X1, 53), payloadBytes: 40);
        RigPacket sent = rig.FromInside(original);
        foreach ((byte type, byte code) in Kinds)
        {
            RigPacket error = rig.FromOutside(Frames.Error(Y, sent.Frame, type, code, rest: 1400));

            Assert.True(error.IsForwarded, $"{type}/{code}: {error}");
            Assert.Equal((A, Y, type, code), (error.Packet.Destination, error.Packet.Source, error.Packet.Icmp.Type, error.Packet.Icmp.Code));
            Assert.Equal(1400, error.Packet.NextHopMtu);
            PacketView quote = error.Packet.Quote;
            Assert.Equal(((A, (ushort)5000), (X1, (ushort)53)), (quote.From, quote.To));
            Assert.Equal(PacketView.Of(original).Bytes[20..28], quote.Bytes[20..28]);
        }
    }

    [Fact]
    public void ICMP_10_ErrorFromInside_ShowsTheExternalAddress_AndQuotesWhatTheSenderSent()
    {
        using var rig = new ShardRig();
        (uint Address, ushort Port) external = rig.Map((A, 5000), (X1, 53));
        byte[] original = Frames.Udp((X1, 53), external, payloadBytes: 30);
        RigPacket delivered = rig.FromOutside(original);

        RigPacket error = rig.FromInside(Frames.Error(A, delivered.Frame, Unreachable, 3));

        Assert.Equal((E1, X1), (error.Packet.Source, error.Packet.Destination));
        Assert.Equal(((X1, (ushort)53), external), (error.Packet.Quote.From, error.Packet.Quote.To));
        Assert.Equal(PacketView.Of(original).Bytes[20..28], error.Packet.Quote.Bytes[20..28]);
    }

    [Theory, InlineData(IpProtocol.Tcp), InlineData(IpProtocol.Icmp)]
    public void ICMP_09_ErrorsAboutOtherTransports_AreTranslatedToo(byte protocol)
    {
        using var rig = new ShardRig();
        byte[] original = protocol == IpProtocol.Tcp ? Frames.Syn((A, 5000), (X1, 80)) : Frames.Ping(A, X1, 5000);
        RigPacket sent = rig.FromInside(original);

        RigPacket error = rig.FromOutside(Frames.Error(Y, sent.Frame, TimeExceeded, 0, quotedBytesMax: 1000));

        Assert.Equal(A, error.Packet.Destination);
        Assert.Equal(PacketView.Of(original).Payload, error.Packet.Quote.Payload);
    }

    [Fact]
    public void UDP_18_TCP_14_NoErrorEndsOrChangesAFlow()
    {
        using var rig = new ShardRig();
        RigPacket udp = rig.FromInside(Frames.Udp((A, 5000), (X1, 53)));
        (uint, ushort) tcp = rig.Connect((A, 5000), (X1, 80));
        RigPacket segment = rig.FromInside(Frames.Tcp((A, 5000), (X1, 80), TcpFlags.Ack, 10));
        var stateBefore = rig.State.Flows.Flow(1).State;
        foreach ((byte type, byte code) in Kinds)
        {
            rig.FromOutside(Frames.Error(Y, udp.Frame, type, code));
            rig.FromOutside(Frames.Error(Y, segment.Frame, type, code));
        }

        Assert.Equal((2, stateBefore), (rig.State.Flows.Count, rig.State.Flows.Flow(1).State));
        Assert.Equal(udp.Packet.From, rig.Map((A, 5000), (X1, 53)));
        Assert.True(rig.FromOutside(Frames.Tcp((X1, 80), tcp, TcpFlags.Ack, 9)).IsForwarded);
    }

    [Fact]
    public void ICMP_11_ErrorsNeverRefresh()
    {
        using var rig = new ShardRig();
        RigPacket ping = rig.FromInside(Frames.Ping(A, X1, 7));
        rig.Wait(TimeSpan.FromSeconds(50));
        Assert.True(rig.FromOutside(Frames.Error(Y, ping.Frame, TimeExceeded, 0)).IsForwarded);
        rig.Wait(TimeSpan.FromSeconds(10));
        Assert.Equal(DropReason.IcmpErrorNoFlow, rig.FromOutside(Frames.Error(Y, ping.Frame, TimeExceeded, 0)).Reason);
    }

    [Fact]
    public void ICMP_09_ErrorWithoutAFlow_IsDropped()
    {
        using var rig = new ShardRig();
        byte[] neverSent = Frames.Udp((E1, 5000), (X1, 53));

        Assert.Equal(DropReason.IcmpErrorNoFlow, rig.FromOutside(Frames.Error(Y, neverSent, Unreachable, 1)).Reason);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void ICMP_04_ICMP_05_BadChecksums_AreDroppedAndCounted(bool inQuote)
    {
        using var rig = new ShardRig();
        RigPacket sent = rig.FromInside(Frames.Udp((A, 5000), (X1, 53)));
        byte[] error = inQuote ? WithQuote(sent.Frame, static quote => quote[10] ^= 1) : Frames.Error(Y, sent.Frame, Unreachable, 1);
        if (!inQuote)
            error[36] ^= 1;

        Assert.Equal(DropReason.IcmpErrorBadChecksum, rig.FromOutside(error).Reason);
    }

    [Fact]
    public void ICMP_06_OptionsInTheQuote_AreSteppedOver()
    {
        using var rig = new ShardRig();
        byte[] options = [7, 12, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        RigPacket sent = rig.FromInside(PacketBuilder.Ethernet().Ipv4(A, X1, options: options).Udp(5000, 53).Payload([1, 2, 3]).ToArray());

        RigPacket error = rig.FromOutside(Frames.Error(Y, sent.Frame, Unreachable, 1, quotedBytesMax: 40));

        Assert.Equal((32, (A, (ushort)5000)), (error.Packet.Quote.HeaderBytes, error.Packet.Quote.From));
    }

    [Fact]
    public void ICMP_07_GarbageTransportChecksumInTheQuote_IsDelivered()
    {
        using var rig = new ShardRig();
        RigPacket sent = rig.FromInside(Frames.Udp((A, 5000), (X1, 53)));
        byte[] error = WithQuote(sent.Frame, static quote => quote[26] ^= 0x5A);

        Assert.Equal(A, rig.FromOutside(error).Packet.Destination);
    }

    [Fact]
    public void ICMP_08_Extensions_AreDeliveredIntact()
    {
        using var rig = new ShardRig();
        RigPacket sent = rig.FromInside(Frames.Udp((A, 5000), (X1, 53), payloadBytes: 200));
        byte[] mpls = [0x20, 0, 0x9A, 0x12, 0, 8, 1, 1, 0x01, 0x02, 0x31, 0xFF];
        byte[] error = PacketBuilder.Ethernet().Ipv4(Y, E1).Icmp(TimeExceeded, 0, 32 << 16).Payload(sent.Packet.Bytes.AsSpan(0, 128)).Payload(mpls).ToArray();

        RigPacket delivered = rig.FromOutside(error);

        Assert.True(delivered.IsForwarded);
        Assert.Equal(mpls, delivered.Packet.Bytes[^12..]);
        Assert.Equal(A, delivered.Packet.Quote.Source);
    }

    [Fact]
    public void ICMP_12_HairpinnedError_ReachesTheSender_WithTheExternalAddressAsItsSource()
    {
        using var rig = new ShardRig();
        (uint, ushort) b = rig.Map((B, 6000), (X1, 53));
        byte[] original = Frames.Udp((A, 5000), b, payloadBytes: 12);
        RigPacket atB = rig.FromInside(original);
        Assert.Equal((B, (ushort)6000), atB.Packet.To);

        RigPacket error = rig.FromInside(Frames.Error(B, atB.Frame, Unreachable, 3));

        Assert.True(error.IsHairpinned);
        Assert.Equal((Side.Lan, E1, A), (error.Egress, error.Packet.Source, error.Packet.Destination));
        Assert.Equal(((A, (ushort)5000), b), (error.Packet.Quote.From, error.Packet.Quote.To));
        Assert.Equal(PacketView.Of(original).Bytes[20..28], error.Packet.Quote.Bytes[20..28]);
    }

    private static byte[] WithQuote(byte[] sent, Action<byte[]> change)
    {
        byte[] quote = PacketView.Of(sent).Bytes[..28];
        change(quote);
        return PacketBuilder.Ethernet().Ipv4(Y, PacketView.Of(sent).Source).Icmp(Unreachable, 1, 0).Payload(quote).ToArray();
    }
}
