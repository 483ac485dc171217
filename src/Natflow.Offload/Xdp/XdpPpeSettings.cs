namespace Natflow.Offload.Xdp;

/// <summary>How the soft PPE is set up.</summary>
public sealed record XdpPpeSettings
{
    /// <summary>Where it meets the frames.</summary>
    public PpeHook Hook { get; init; }

    /// <summary>IPv4 entries at most; a flow needs two. 64 bytes each, and a tenth more.</summary>
    public int EntriesIpv4Max { get; init; } = 1 << 20;

    /// <summary>IPv6 entries at most. 128 bytes each, and a tenth more.</summary>
    public int EntriesIpv6Max { get; init; } = 1 << 18;

    /// <summary>Policy records: one a user.</summary>
    public int PoliciesMax { get; init; } = 1 << 16;

    /// <summary>Whether PPPoE session frames that miss are the gateway's; else the kernel's.</summary>
    public bool TakesPppoe { get; init; }

    /// <summary>Whether what is not forwarded goes on to the kernel, where the packet socket of an <c>af_packet</c> port takes it; else to the AF_XDP sockets.</summary>
    public bool PassesMisses { get; init; }

    /// <summary>
    /// Folder in a BPF file system that keeps tables and attachments over a restart of the gateway, created where it is missing; null for none. One a gateway.
    /// </summary>
    public string? PinFolder { get; init; }
}
