using System.Buffers.Binary;
using Natflow.Core;

using static Natflow.Flows.Tests.Ipv6.Ipv6Rig;

namespace Natflow.Flows.Tests.Ipv6;

public sealed class Ipv6FragmentTests
{
    [Fact]
    public void V6_04_FragmentsInOrder_FollowTheFirst()
    {
        using var rig = new Ipv6Rig();
        rig.FromLan(Udp(A, X, 5000, 53));
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(First(X, A, 53, 5000, id: 77)));
        byte[] later = Later(X, A, id: 77, offsetBytes: 16);
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(later));
        rig.AssertOutput(later);
        Assert.Equal(2UL, rig.V6.Flows.Flow(0).PacketsIn);
    }

    [Fact]
    public void V6_04_LaterFragmentFromOutsideWithoutFirst_IsDropped()
    {
        using var rig = new Ipv6Rig();
        rig.FromLan(Udp(A, X, 5000, 53));
        rig.AssertDropped(DropReason.FragmentUnknown, Later(X, A, id: 78, offsetBytes: 16), Side.Wan);
        rig.AssertDropped(DropReason.Filtered, First(Y, A, 53, 5000, id: 79), Side.Wan);
        rig.AssertDropped(DropReason.FragmentUnknown, Later(Y, A, id: 79, offsetBytes: 16), Side.Wan);
    }

    [Fact]
    public void V6_04_FragmentsFromInside_PassInAnyOrder()
    {
        using var rig = new Ipv6Rig();
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromLan(Later(A, X, id: 5, offsetBytes: 16)));
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromLan(First(A, X, 5000, 53, id: 5)));
    }

    [Fact]
    public void V6_04_FragmentContext_EndsInTime()
    {
        using var rig = new Ipv6Rig();
        rig.FromLan(Udp(A, X, 5000, 53));
        rig.FromWan(First(X, A, 53, 5000, id: 77));
        rig.NowMs += 4_999;
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(Later(X, A, id: 77, offsetBytes: 16)));
        rig.NowMs += 1;
        rig.AssertDropped(DropReason.FragmentUnknown, Later(X, A, id: 77, offsetBytes: 24), Side.Wan);
    }

    [Fact]
    public void V6_04_AtomicFragment_IsAWholePacket()
    {
        using var rig = new Ipv6Rig();
        rig.FromLan(Udp(A, X, 5000, 53));
        byte[] atomic = Ip(X, A).Extension(IpProtocol.Fragment, Body(0, false, 9)).Udp(53, 5000).ToArray();
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(atomic));
    }

    internal static byte[] First(Ipv6Address source, Ipv6Address destination, ushort srcPort, ushort dstPort, uint id, int payloadBytes = 8) =>
        Ip(source, destination).Extension(IpProtocol.Fragment, Body(0, true, id)).Udp(srcPort, dstPort).Payload(Payload(payloadBytes)).ToArray();

    internal static byte[] Later(Ipv6Address source, Ipv6Address destination, uint id, int offsetBytes) =>
        Ip(source, destination).Extension(IpProtocol.Fragment, Body(offsetBytes, false, id)).Protocol(IpProtocol.Udp).Payload(Payload(21)).ToArray();

    private static byte[] Body(int offsetBytes, bool hasMore, uint id)
    {
        byte[] body = new byte[6];
        BinaryPrimitives.WriteUInt16BigEndian(body, (ushort)(offsetBytes | (hasMore ? 1 : 0)));
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(2), id);
        return body;
    }
}
