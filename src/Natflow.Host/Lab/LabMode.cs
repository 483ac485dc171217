namespace Natflow.Host.Lab;

/// <summary>How the lab's gateway reaches its interfaces.</summary>
public enum LabMode
{
    /// <summary>af_xdp, and af_packet where that cannot be had.</summary>
    Auto,

    /// <summary>AF_XDP sockets, or no start.</summary>
    AfXdp,

    /// <summary>TPACKET_V3 rings.</summary>
    AfPacket,
}
