namespace Natflow.Netlink.Messages;

/// <summary>Types of messages (linux/netlink.h, linux/rtnetlink.h).</summary>
public static class MessageType
{
    /// <summary>NLMSG_NOOP.</summary>
    public const ushort Nothing = 1;

    /// <summary>NLMSG_ERROR; errno 0 is an acknowledgement.</summary>
    public const ushort Error = 2;

    /// <summary>NLMSG_DONE: the dump is complete.</summary>
    public const ushort Done = 3;

    /// <summary>NLMSG_OVERRUN.</summary>
    public const ushort Overrun = 4;

    /// <summary>RTM_NEWLINK.</summary>
    public const ushort NewLink = 16;

    /// <summary>RTM_DELLINK.</summary>
    public const ushort DeleteLink = 17;

    /// <summary>RTM_GETLINK.</summary>
    public const ushort GetLink = 18;

    /// <summary>RTM_NEWADDR.</summary>
    public const ushort NewAddress = 20;

    /// <summary>RTM_DELADDR.</summary>
    public const ushort DeleteAddress = 21;

    /// <summary>RTM_GETADDR.</summary>
    public const ushort GetAddress = 22;

    /// <summary>RTM_NEWROUTE.</summary>
    public const ushort NewRoute = 24;

    /// <summary>RTM_DELROUTE.</summary>
    public const ushort DeleteRoute = 25;

    /// <summary>RTM_GETROUTE.</summary>
    public const ushort GetRoute = 26;

    /// <summary>RTM_NEWNEIGH.</summary>
    public const ushort NewNeighbour = 28;

    /// <summary>RTM_DELNEIGH.</summary>
    public const ushort DeleteNeighbour = 29;

    /// <summary>RTM_GETNEIGH.</summary>
    public const ushort GetNeighbour = 30;

    /// <summary>RTM_NEWTFILTER.</summary>
    public const ushort NewFilter = 44;

    /// <summary>RTM_GETTFILTER.</summary>
    public const ushort GetFilter = 46;

    /// <summary>RTM_NEWNSID.</summary>
    public const ushort NewNamespaceId = 88;

    /// <summary>RTM_GETNSID.</summary>
    public const ushort GetNamespaceId = 90;
}
