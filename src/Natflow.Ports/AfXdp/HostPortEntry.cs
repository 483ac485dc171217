using System.Runtime.InteropServices;

namespace Natflow.Ports.AfXdp;

/// <summary><c>struct host_port</c> of <c>host_sockets.h</c>.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct HostPortEntry
{
    internal const int SizeBytes = 16;

    internal uint InterfaceIndex;
    internal uint SocketBase;
    internal uint QueueCount;
    internal uint Reserved;
}
