using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Natflow.Policy;

namespace Natflow.Portal.Access;

/// <summary>Who sent a request: the other end of the TCP connection. No header says otherwise.</summary>
internal static class Peer
{
    /// <summary>An address as users have it; IPv4 inside IPv6 is IPv4.</summary>
    internal static IpAddress Of(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        Span<byte> bytes = stackalloc byte[16];
        _ = plain.TryWriteBytes(bytes, out _);
        return plain.AddressFamily == AddressFamily.InterNetwork
            ? IpAddress.FromIpv4(BinaryPrimitives.ReadUInt32BigEndian(bytes))
            : IpAddress.FromIpv6(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }
}
