namespace Natflow.Ports.Pcap;

/// <summary>Packets of one file that could not be delivered because of their link type.</summary>
public sealed class UnknownLinkType
{
    internal UnknownLinkType(string file, int linkType)
    {
        File = file;
        LinkType = linkType;
    }

    /// <summary>The path as given.</summary>
    public string File { get; }

    /// <summary><c>LINKTYPE_</c> number.</summary>
    public int LinkType { get; }

    /// <summary>How many so far.</summary>
    public ulong PacketCount { get; internal set; }
}
