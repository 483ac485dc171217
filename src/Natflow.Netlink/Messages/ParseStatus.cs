namespace Natflow.Netlink.Messages;

/// <summary>What became of a message.</summary>
public enum ParseStatus : byte
{
    /// <summary>Understood.</summary>
    Ok = 0,

    /// <summary>Well formed, and of no use to a gateway: another table, a multicast route, a bridge's forwarding entry.</summary>
    Ignored = 1,

    /// <summary>Too short, or a length in it points outside.</summary>
    Malformed = 2,
}
