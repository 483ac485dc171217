using Natflow.Flows;
using Natflow.Packets;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Conformance.Bench;

/// <summary>What the rows do again and again.</summary>
public static class Procedures
{
    /// <summary>MAP: opens a mapping by a datagram or a SYN. On the fast and the hand-off path the flow is answered too, so that it is steady.</summary>
    /// <returns>The external endpoint.</returns>
    public static (uint Address, ushort Port) Map(
        this GatewayBench bench, (uint Address, ushort Port) inside, (uint Address, ushort Port) remote, bool tcp = false)
    {
        Arrival? sent = bench.FromInside(tcp ? Frames.Syn(inside, remote) : Frames.Udp(inside, remote));
        Assert.True(sent is { Side: Core.Side.Wan }, $"{bench.Path}: nothing left the gateway");
        Assert.Equal(remote, sent.Packet.To);
        (uint, ushort) external = sent.Packet.From;
        if (bench.Path != BenchPath.Slow && !tcp)
        {
            Assert.Equal(inside, bench.FromOutside(Frames.Udp(remote, external))?.Packet.To);
            Assert.Equal(external, bench.FromInside(Frames.Udp(inside, remote))?.Packet.From);
        }

        return external;
    }

    /// <summary>MAP over TCP: a whole handshake.</summary>
    /// <returns>The external endpoint.</returns>
    public static (uint Address, ushort Port) Connect(this GatewayBench bench, (uint Address, ushort Port) inside, (uint Address, ushort Port) remote)
    {
        (uint Address, ushort Port) external = bench.Map(inside, remote, tcp: true);
        Assert.Equal(inside, bench.FromOutside(Frames.SynAck(remote, external))?.Packet.To);
        Assert.Equal(external, bench.FromInside(Frames.Tcp(inside, remote, TcpFlags.Ack))?.Packet.From);
        return external;
    }

    /// <summary>FILT: A sends to X1:1000; then X1:1000, X1:9000, X2:1000 and Y:1 send to its mapping.</summary>
    /// <returns>Which of the four arrive at A.</returns>
    public static bool[] Filter(this GatewayBench bench, ushort insidePort = 5000, bool tcp = false)
    {
        (uint, ushort) external = bench.Map((A, insidePort), (X1, 1000), tcp);
        (uint, ushort)[] senders = [(X1, 1000), (X1, 9000), (X2, 1000), (Y, 1)];
        return [.. senders.Select(sender =>
        {
            Arrival? got = bench.FromOutside(tcp ? Frames.Syn(sender, external) : Frames.Udp(sender, external));
            Assert.True(got is null || (got.Packet.From == sender && got.Packet.To == (A, insidePort)), "it came out elsewhere");
            return got is not null;
        })];
    }

    /// <summary>What <see cref="Filter"/> finds in a mode.</summary>
    public static bool[] Expected(FilteringMode mode) => mode switch
    {
        FilteringMode.EndpointIndependent => [true, true, true, true],
        FilteringMode.AddressDependent => [true, true, false, false],
        _ => [true, false, false, false],
    };

    /// <summary>LIFE: silence, then a datagram from outside.</summary>
    /// <returns>Whether it arrived.</returns>
    public static bool IsAliveAfter(
        this GatewayBench bench, TimeSpan silence, (uint Address, ushort Port) external, (uint Address, ushort Port) remote, bool tcp = false)
    {
        bench.Wait(silence);
        return bench.FromOutside(tcp ? Frames.Tcp(remote, external, TcpFlags.Ack, 5) : Frames.Udp(remote, external)) is { Side: Core.Side.Lan };
    }

    /// <summary>ERR: a router outside reports on a packet that left the gateway.</summary>
    public static Arrival? ErrorFromOutside(this GatewayBench bench, byte[] left, byte type, byte code, uint rest = 0, uint source = Y, int quotedBytesMax = 28) =>
        bench.FromOutside(Frames.Error(source, left, type, code, rest, quotedBytesMax));

    /// <summary>The kinds of ICMP errors that ERR goes through.</summary>
    public static (byte Type, byte Code)[] ErrorKinds { get; } = [(3, 3), (3, 1), (3, 4), (11, 0), (12, 0), (4, 0)];

    /// <summary>Sends fragments in an order and gathers what leaves.</summary>
    public static byte[][] SendInOrder(this GatewayBench bench, Core.Side side, IReadOnlyList<byte[]> fragments, IEnumerable<int> order) =>
        [.. order.SelectMany(i => bench.Send(side, fragments[i])).Select(static arrival => arrival.Frame)];

    /// <summary>The orders of three things.</summary>
    public static int[][] OrdersOfThree { get; } = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
}
