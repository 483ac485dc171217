using Natflow.Bpf;
using Natflow.Flows.Paths;

namespace Natflow.Offload.Xdp;

/// <summary>The ways out as the program reads them. One writer.</summary>
internal sealed unsafe class PpeLinks : IDisposable
{
    private const int HeaderBytesMin = 14;
    private const int HeaderBytesMax = 30;

    private readonly BpfMapping _memory;

    internal PpeLinks(BpfObject program) => _memory = new BpfMapping(program.Map("ppe_links"), PpeLayout.Links * PpeLayout.Link.SizeBytes);

    /// <summary>Writes a way: odd version, content, even version. A reader that saw two versions did not use either.</summary>
    internal void Set(ushort linkIndex, in PathRecord path)
    {
        var link = (PpeLayout.Link*)(_memory.Base + (linkIndex * PpeLayout.Link.SizeBytes));
        uint version = link->Version | 1;
        Volatile.Write(ref link->Version, version);
        Thread.MemoryBarrier(); // The odd version is out before the content changes.
        bool isUsable = path.State == PathState.Ready && path.HeaderBytes is >= HeaderBytesMin and <= HeaderBytesMax && path.HeaderBytes % 4 == 2;
        link->Generation = path.Generation;
        link->MtuBytes = isUsable ? path.MtuBytes : (ushort)0;
        link->Device = path.PortIndex;
        link->HeaderBytes = path.HeaderBytes;
        link->IsPppoe = path.IsPppoe ? (byte)1 : (byte)0;
        PathRecord copy = path;
        copy.Header.CopyTo(new Span<byte>((byte*)link + PpeLayout.Link.HeaderOffset, PathRecord.HeaderBytesMax));
        Volatile.Write(ref link->Version, version + 1);
    }

    /// <inheritdoc />
    public void Dispose() => _memory.Dispose();
}
