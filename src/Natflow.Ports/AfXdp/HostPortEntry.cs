using System.Runtime.InteropServices;

namespace Natflow.Ports.AfXdp;

/// <summary><c>struct host_port</c> of <c>bpf/natflow_xdp.bpf.c</c>.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct HostPortEntry
{
    internal const int SizeBytes = 16;

    internal uint InterfaceIndex;
    internal uint SocketBase;
    internal uint QueueCount;
    internal uint Reserved;
}
