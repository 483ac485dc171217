namespace Natflow.Ports.Pcap;

/// <summary>What a capture says about one packet; its bytes are in the buffer that was given to <see cref="CaptureReader.TryRead"/>.</summary>
public readonly struct CapturePacket
{
    /// <summary>Nanoseconds since 1970 in UTC, limited to what 64 bits hold (1677 to 2262).</summary>
    public long TimestampNs { get; init; }

    /// <summary>Bytes in the capture, at most <see cref="CaptureReader.PacketBytesMax"/>.</summary>
    public int CapturedBytes { get; init; }

    /// <summary>Bytes on the wire as the capture states them; more than captured where a snap length cut the packet.</summary>
    public uint OriginalBytes { get; init; }

    /// <summary>Link type (<c>LINKTYPE_</c> number) of the packet's interface.</summary>
    public int LinkType { get; init; }

    /// <summary>Number of the interface within its section, from 0; always 0 in pcap.</summary>
    public int InterfaceIndex { get; init; }

    /// <summary>The packet is longer than the buffer, which holds its beginning.</summary>
    public bool IsOversize { get; init; }
}
