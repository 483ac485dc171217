using System.Runtime.InteropServices;
using Natflow.Memory;

namespace Natflow.Bpf;

/// <summary>A map that lies in a BPF file system: what it is like, before it is used.</summary>
public sealed unsafe class PinnedMap : SafeHandle
{
    private PinnedMap(int fd)
        : base(-1, ownsHandle: true)
    {
        SetHandle(fd);
        var info = default(LibbpfNative.MapFacts);
        uint infoBytes = (uint)sizeof(LibbpfNative.MapFacts);
        if (LibbpfNative.ReadInfo(fd, &info, &infoBytes) < 0)
            throw new NativeException("BPF_OBJ_GET_INFO_BY_FD", "a pinned map");
        EntriesMax = info.EntriesMax;
        ValueBytes = info.ValueBytes;
    }

    /// <inheritdoc />
    public override bool IsInvalid => handle < 0;

    /// <summary>Its size.</summary>
    public uint EntriesMax { get; }

    /// <summary>Size of a value in bytes.</summary>
    public uint ValueBytes { get; }

    /// <summary>Opens one; null where there is none.</summary>
    /// <param name="path">In a BPF file system.</param>
    /// <exception cref="NativeException">It is no map.</exception>
    public static PinnedMap? TryOpen(string path)
    {
        int fd = LibbpfNative.OpenPinned(path);
        return fd < 0 ? null : new PinnedMap(fd);
    }

    /// <inheritdoc />
    protected override bool ReleaseHandle() => LinuxNative.Close((int)handle) == 0;
}
