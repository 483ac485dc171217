using System.Runtime.InteropServices;

namespace Natflow.Netlink.Messages;

/// <summary>struct nlmsghdr: what stands before each message, in the machine's byte order.</summary>
/// <param name="LengthBytes">Header and payload.</param>
/// <param name="Type">See <see cref="MessageType"/>.</param>
/// <param name="Flags">See <see cref="MessageFlags"/>.</param>
/// <param name="Sequence">Of the request that is answered; 0 in notifications of what nobody asked.</param>
/// <param name="PortId">Of the socket that asked.</param>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
public readonly record struct NetlinkHeader(uint LengthBytes, ushort Type, ushort Flags, uint Sequence, uint PortId)
{
    /// <summary>Size on the wire.</summary>
    public const int SizeBytes = 16;
}
