using System.Runtime.InteropServices;
using Natflow.Core;

namespace Natflow.Flows.Ipv6;

/// <summary>What an IPv6 flow is looked up by: both ends, inside first, so that both directions have one key. 40 bytes, no padding.</summary>
/// <remarks>
/// Network byte order. For ICMPv6 echo the identifier stands in the inside port and the remote port is 0; protocols without ports have both 0. The zone
/// is the subscriber's; packets from outside, which do not know it, match any.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = SizeBytes)]
public readonly record struct Ipv6FlowKey(
    Ipv6Address Inside,
    Ipv6Address Remote,
    ushort InsidePortBe,
    ushort RemotePortBe,
    ushort Zone,
    byte Protocol,
    Side Side)
{
    /// <summary>Size in bytes.</summary>
    public const int SizeBytes = 40;

    /// <summary>Its keyed hash; the parser computes the same.</summary>
    public uint HashBy(FlowHash hash) => hash.OfIpv6(Inside, Remote, InsidePortBe | ((uint)RemotePortBe << 16) | ((ulong)Protocol << 32));
}
