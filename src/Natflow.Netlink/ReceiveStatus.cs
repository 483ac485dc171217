namespace Natflow.Netlink;

/// <summary>What a receive gave.</summary>
public enum ReceiveStatus : byte
{
    /// <summary>A datagram of the kernel.</summary>
    Received = 0,

    /// <summary>Nothing is there.</summary>
    Empty = 1,

    /// <summary>Messages were lost: the socket's buffer overran, or a datagram was longer than the buffer given.</summary>
    Lost = 2,
}
