using System.Runtime.CompilerServices;
using Natflow.Core;

namespace Natflow.Flows;

/// <summary>TCP ports, UDP ports and ICMP identifiers are three separate planes of the same blocks.</summary>
internal static class PortPlane
{
    internal const int Count = 3;

    /// <summary>Plane of a protocol: TCP 0, UDP 1, ICMP 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Two compares.
    internal static int Of(byte protocol) => protocol switch { IpProtocol.Tcp => 0, IpProtocol.Udp => 1, _ => 2 };
}
