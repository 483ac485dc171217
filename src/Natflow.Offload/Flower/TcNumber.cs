namespace Natflow.Offload.Flower;

/// <summary>Numbers of rtnetlink's traffic control (linux/rtnetlink.h, linux/pkt_cls.h, linux/tc_act/*.h).</summary>
internal static class TcNumber
{
    internal const int HeaderBytes = 16; // struct nlmsghdr
    internal const int FixedBytes = 20; // struct tcmsg
    internal const int AttributeBytes = 4; // struct nlattr

    internal const ushort Error = 2;
    internal const ushort NewQdisc = 36;
    internal const ushort NewFilter = 44;
    internal const ushort DeleteFilter = 45;
    internal const ushort GetFilter = 46;

    internal const ushort Request = 0x1;
    internal const ushort Acknowledge = 0x4;
    internal const ushort Echo = 0x8;
    internal const ushort Exclusive = 0x200;
    internal const ushort Create = 0x400;

    internal const uint ClsactHandle = 0xFFFF0000;
    internal const uint ClsactParent = 0xFFFFFFF1;
    internal const uint IngressParent = 0xFFFFFFF2;

    internal const ushort Nested = 0x8000;
    internal const ushort TypeMask = 0x3FFF;

    internal const ushort Kind = 1;
    internal const ushort Options = 2;

    internal const ushort InDevice = 2;
    internal const ushort Actions = 3;
    internal const ushort EtherType = 8;
    internal const ushort IpProtocol = 9;
    internal const ushort Ipv4Src = 10;
    internal const ushort Ipv4SrcMask = 11;
    internal const ushort Ipv4Dst = 12;
    internal const ushort Ipv4DstMask = 13;
    internal const ushort Ipv6Src = 14;
    internal const ushort Ipv6SrcMask = 15;
    internal const ushort Ipv6Dst = 16;
    internal const ushort Ipv6DstMask = 17;
    internal const ushort TcpSrc = 18;
    internal const ushort TcpDst = 19;
    internal const ushort UdpSrc = 20;
    internal const ushort UdpDst = 21;
    internal const ushort Flags = 22;
    internal const ushort VlanId = 23;
    internal const ushort VlanEtherType = 25;

    internal const uint SkipSoftware = 2;
    internal const uint InHardware = 4;

    internal const ushort ActionStatistics = 4;
    internal const ushort ActionCookie = 6;
    internal const ushort StatisticsBasic = 1;
    internal const ushort StatisticsPackets64 = 8;

    internal const uint Pipe = 3;
    internal const uint Stolen = 4;

    internal const ushort PeditParameters = 4;
    internal const ushort PeditKeys = 5;
    internal const ushort PeditKey = 6;
    internal const ushort PeditHeader = 1;
    internal const ushort PeditCommand = 2;
    internal const int PeditSelectorBytes = 24;
    internal const int PeditKeyBytes = 24;

    internal const ushort CsumParameters = 1;
    internal const uint CsumIpv4 = 1;
    internal const uint CsumTcp = 8;
    internal const uint CsumUdp = 16;

    internal const ushort MirredParameters = 2;
    internal const ushort MirredTime = 1;
    internal const uint MirredEgressRedirect = 1;

    internal const ushort VlanParameters = 2;
    internal const ushort VlanPushId = 3;
    internal const ushort VlanPushProtocol = 4;
    internal const uint VlanPop = 1;
    internal const uint VlanPush = 2;
}
