using System.Buffers.Binary;
using System.Runtime.InteropServices;

using Natflow.Core;

namespace Natflow.Inspect.Observe;

/// <summary>Both ends of a flow, of either family. 40 bytes, no padding.</summary>
/// <param name="Client">Who asks; an IPv4 address is ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2).</param>
/// <param name="Server">Who is asked.</param>
/// <param name="ClientPort">Host order.</param>
/// <param name="ServerPort">Host order.</param>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="IsIpv6">The packets were IPv6: tells a real ::ffff:a.b.c.d from an IPv4 address.</param>
/// <param name="Zone">Zone of the LAN side: address spaces may repeat in zones.</param>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = SizeBytes)]
public readonly record struct FlowEnds(
    Ipv6Address Client, Ipv6Address Server, ushort ClientPort, ushort ServerPort, byte Protocol, bool IsIpv6, ushort Zone)
{
    /// <summary>Size in bytes.</summary>
    public const int SizeBytes = 40;

    /// <summary>The same ends with their roles exchanged.</summary>
    public FlowEnds Reversed => new(Server, Client, ServerPort, ClientPort, Protocol, IsIpv6, Zone);

    /// <summary>The client's address as text (RFC 5952).</summary>
    public string ClientText => Text(Client, IsIpv6);

    /// <summary>The server's address as text (RFC 5952).</summary>
    public string ServerText => Text(Server, IsIpv6);

    /// <summary>An IPv4 address as these ends hold it.</summary>
    /// <param name="addressBe">Network order, as it lies in a packet.</param>
    public static Ipv6Address Map(uint addressBe) =>
        new(0, BitConverter.IsLittleEndian ? ((ulong)addressBe << 32) | 0xFFFF_0000UL : 0xFFFF_0000_0000UL | addressBe);

    /// <summary>The IPv4 address, network order, of an end of a flow that is not <see cref="IsIpv6"/>.</summary>
    public static uint Unmap(Ipv6Address address) => (uint)(BitConverter.IsLittleEndian ? address.LowBe >> 32 : address.LowBe);

    private static string Text(Ipv6Address address, bool isIpv6) =>
        isIpv6 ? address.ToString() : Ipv4Prefix.ToText(BinaryPrimitives.ReverseEndianness(Unmap(address)));
}
