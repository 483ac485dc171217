namespace Natflow.Ports.Pcap;

/// <summary>The pcapng block types that matter to a reader of packets; blocks of all other types are passed over.</summary>
internal static class PcapngBlockType
{
    /// <summary>Section header; the same number in both byte orders.</summary>
    internal const uint SectionHeader = 0x0A0D0D0A;

    internal const uint InterfaceDescription = 1;

    /// <summary>The obsolete predecessor of <see cref="EnhancedPacket"/>.</summary>
    internal const uint Packet = 2;

    internal const uint SimplePacket = 3;

    internal const uint EnhancedPacket = 6;
}
