using Natflow.Core;

namespace Natflow.Gateway.Live;

/// <summary>A network interface that the gateway receives from and sends to.</summary>
/// <param name="PortIndex">Index in the gateway's list of ports.</param>
/// <param name="InterfaceName">For example <c>eth0</c>.</param>
/// <param name="InterfaceIndex">As the kernel numbers it.</param>
/// <param name="Side">Side of the gateway.</param>
/// <param name="Zone">Zone of its subscribers; 0 on the WAN side.</param>
/// <param name="MssClampBytes">Most that SYNs through this port may announce over IPv4, and 20 bytes less over IPv6, whose header is so much longer; 0 leaves the option alone.</param>
public sealed record LivePort(byte PortIndex, string InterfaceName, int InterfaceIndex, Side Side, ushort Zone, ushort MssClampBytes = 0);
