namespace Natflow.Netlink.Messages;

/// <summary>Messages and attributes start at multiples of 4 bytes (NLMSG_ALIGNTO, RTA_ALIGNTO).</summary>
internal static class Alignment
{
    /// <summary>Rounds up; the argument is at most the size of a datagram.</summary>
    internal static int Up(int bytes) => (bytes + 3) & ~3;
}
