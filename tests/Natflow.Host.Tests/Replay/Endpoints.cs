using System.Buffers.Binary;
using Natflow.Core;

namespace Natflow.Host.Tests.Replay;

/// <summary>Both ends of a plain Ethernet and IPv4 frame, read without the product's parser. A query has its identifier in both ports.</summary>
internal readonly record struct Endpoints(byte Protocol, uint Src, ushort SrcPort, uint Dst, ushort DstPort)
{
    internal static Endpoints Of(byte[] frame)
    {
        ReadOnlySpan<byte> ip = frame.AsSpan(14);
        ReadOnlySpan<byte> l4 = ip[((ip[0] & 15) * 4)..];
        uint src = BinaryPrimitives.ReadUInt32BigEndian(ip[12..]);
        uint dst = BinaryPrimitives.ReadUInt32BigEndian(ip[16..]);
        if (ip[9] == IpProtocol.Icmp)
        {
            ushort identifier = BinaryPrimitives.ReadUInt16BigEndian(l4[4..]);
            return new Endpoints(ip[9], src, identifier, dst, identifier);
        }

        return new Endpoints(ip[9], src, BinaryPrimitives.ReadUInt16BigEndian(l4), dst, BinaryPrimitives.ReadUInt16BigEndian(l4[2..]));
    }
}
