namespace Natflow.Ports.Pcap;

/// <summary>Counts packets by file and unknown link type. A hostile file can name many types: what comes after the bound is not listed.</summary>
internal sealed class UnknownLinkTypeLog
{
    private const int EntriesMax = 1024;

    private readonly List<UnknownLinkType> _entries = [];
    private readonly Dictionary<int, UnknownLinkType> _entriesOfFile = [];

    internal IReadOnlyList<UnknownLinkType> Entries => _entries;

    internal void Add(string file, int linkType)
    {
        if (_entriesOfFile.TryGetValue(linkType, out UnknownLinkType? entry))
        {
            entry.PacketCount++;
        }
        else if (_entries.Count < EntriesMax)
        {
            entry = new UnknownLinkType(file, linkType) { PacketCount = 1 };
            _entries.Add(entry);
            _entriesOfFile.Add(linkType, entry);
        }
    }

    internal void EndFile() => _entriesOfFile.Clear();
}
