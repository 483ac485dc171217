namespace Natflow.Ports.AfXdp.Lab;

/// <summary>What a <see cref="FrameGenerator"/> sends: UDP over IPv4 without a UDP checksum.</summary>
/// <param name="DstMac">Next hop's Ethernet address, first byte on the wire the highest of the lower 48 bits.</param>
/// <param name="SrcMac">The generator's own.</param>
/// <param name="SrcAddrFirst">First host's address, host order.</param>
/// <param name="DstAddr">Where to, host order.</param>
/// <param name="DstPort">Host order.</param>
public sealed record TrafficSettings(ulong DstMac, ulong SrcMac, uint SrcAddrFirst, uint DstAddr, ushort DstPort)
{
    /// <summary>Flows in turn; a flow has a host's address and, each host from 1024 up, a source port.</summary>
    public int FlowCount { get; init; } = 1;

    /// <summary>Hosts, with addresses from the first up.</summary>
    public int HostCount { get; init; } = 1;

    /// <summary>Destination ports, from the first up: more flows than one public address has ports for need several.</summary>
    public int DstPortCount { get; init; } = 1;

    /// <summary>Frames that may be under way, sent and not come back to the generator's interface; 0 sends without waiting.</summary>
    public int Window { get; init; }

    /// <summary>With a <see cref="Window"/>: frames in all.</summary>
    public int FrameLimit { get; init; }

    /// <summary>Length of a frame without its check sequence, at least 60.</summary>
    public int FrameBytes { get; init; } = 60;
}
