using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Natflow.Ports.AfXdp.Lab;

/// <summary><c>struct traffic_plan</c> of <c>bpf/lab_traffic.bpf.c</c>.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct TrafficPlan
{
    internal const int SizeBytes = 44;

    internal uint SrcAddrFirst;
    internal uint DstAddrBe;
    internal uint FlowCount;
    internal uint HostCount;
    internal ushort SrcPortFirst;
    internal ushort DstPortFirst;
    internal Mac DstMac;
    internal Mac SrcMac;
    internal ushort DstPortCount;
    internal ushort Reserved;
    internal uint Window;
    internal uint FrameLimit;

    [InlineArray(6)]
    internal struct Mac
    {
        private byte _first;
    }
}
