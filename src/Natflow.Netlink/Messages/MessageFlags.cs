namespace Natflow.Netlink.Messages;

/// <summary>Flags of <see cref="NetlinkHeader.Flags"/> (linux/netlink.h). The meaning of the high byte depends on the request.</summary>
public static class MessageFlags
{
    /// <summary>NLM_F_REQUEST.</summary>
    public const ushort Request = 0x1;

    /// <summary>NLM_F_MULTI: more messages follow, up to <see cref="MessageType.Done"/>.</summary>
    public const ushort Multi = 0x2;

    /// <summary>NLM_F_ACK.</summary>
    public const ushort Acknowledge = 0x4;

    /// <summary>NLM_F_DUMP_INTR: the table changed under the dump, which may lack entries.</summary>
    public const ushort DumpInterrupted = 0x10;

    /// <summary>NLM_F_CAPPED: an error quotes only the header of the request.</summary>
    public const ushort Capped = 0x100;

    /// <summary>NLM_F_ACK_TLVS: attributes with a text follow the error.</summary>
    public const ushort ErrorAttributes = 0x200;

    /// <summary>NLM_F_DUMP.</summary>
    public const ushort Dump = 0x300;

    /// <summary>NLM_F_REPLACE.</summary>
    public const ushort Replace = 0x100;

    /// <summary>NLM_F_CREATE.</summary>
    public const ushort Create = 0x400;

    /// <summary>NLM_F_APPEND.</summary>
    public const ushort Append = 0x800;
}
