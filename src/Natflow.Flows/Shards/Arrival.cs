using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Packets.Link;

namespace Natflow.Flows.Shards;

/// <summary>Where and from whom a packet came, as far as the link says.</summary>
/// <param name="Mac">Sender on the link in the low 48 bits; 0 where there is none.</param>
/// <param name="PortIndex">Ingress port.</param>
/// <param name="IsFromInside">Whether the port is on the LAN side and the packet in its first pass.</param>
internal readonly record struct Arrival(ulong Mac, byte PortIndex, bool IsFromInside)
{
    /// <summary>Of a frame that is on the slow path.</summary>
    internal static Arrival Of(ref readonly FrameDescriptor frame, ReadOnlySpan<byte> bytes)
    {
        bool isFromInside = frame.Key.Side == Side.Lan && (frame.Flags & FrameFlags.Hairpinned) == FrameFlags.None;
        if (!isFromInside || frame.L3Offset < LinkHeader.EthernetBytes || bytes.Length < LinkHeader.EthernetBytes)
            return new Arrival(0, frame.PortIndex, isFromInside);
        ulong mac = ((ulong)BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]) << 32) | BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]);
        return new Arrival(mac, frame.PortIndex, IsFromInside: true);
    }
}
