namespace Natflow.Ports.AfXdp;

/// <summary>
/// Whether the port finishes transport checksums that the sender left to its hardware. A virtual interface (veth, tap, virtio) has no
/// hardware: its frames arrive with the pseudo header's sum in place of the checksum, and a socket does not tell which.
/// </summary>
public enum ChecksumCompletion
{
    /// <summary>On interfaces of virtual drivers.</summary>
    Auto = 0,

    /// <summary>Always.</summary>
    On = 1,

    /// <summary>Never: the peers are known to send finished checksums (<c>ethtool -K PEER tx off</c>).</summary>
    Off = 2,
}
