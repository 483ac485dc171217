namespace Natflow.Host.Settings;

/// <summary>How frames are taken from an interface.</summary>
public enum PortMode
{
    /// <summary>AF_XDP where the kernel and the rights allow, else AF_PACKET.</summary>
    Auto,

    /// <summary>AF_XDP sockets.</summary>
    AfXdp,

    /// <summary>AF_PACKET rings.</summary>
    AfPacket,

    /// <summary>A TAP device.</summary>
    Tap,
}
