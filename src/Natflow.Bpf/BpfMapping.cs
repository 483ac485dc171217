using System.Runtime.InteropServices;
using Natflow.Memory;

namespace Natflow.Bpf;

/// <summary>
/// The memory of an array map (<c>BPF_F_MMAPABLE</c>) in this process: what is stored here, the program reads with its next frame. Element i lies at i times the
/// value's size, rounded up to 8 bytes.
/// </summary>
public sealed unsafe class BpfMapping : SafeHandle
{
    private const nuint PageBytes = 4096;

    /// <summary>Maps a map.</summary>
    /// <param name="map">An array map with the flag.</param>
    /// <param name="lengthBytes">Elements times the value's size; more than the map has is refused.</param>
    /// <exception cref="NativeException">The map has no such memory.</exception>
    public BpfMapping(BpfMap map, nuint lengthBytes)
        : base(0, ownsHandle: true)
    {
        LengthBytes = (lengthBytes + PageBytes - 1) / PageBytes * PageBytes;
        nint mapped = LinuxNative.Map(0, LengthBytes, LinuxNative.ProtectReadWrite, LinuxNative.MapShared, map.Fd, 0);
        if (mapped == LinuxNative.MapFailed)
            throw new NativeException("mmap", $"{map.Name}, {lengthBytes} bytes", Marshal.GetLastPInvokeError());
        SetHandle(mapped);
    }

    /// <inheritdoc />
    public override bool IsInvalid => handle == 0 || handle == LinuxNative.MapFailed;

    /// <summary>First byte, aligned to a page. Valid until disposal.</summary>
    public byte* Base => (byte*)handle;

    /// <summary>Mapped bytes, whole pages.</summary>
    public nuint LengthBytes { get; }

    /// <summary>Touches every page as a writer would, so that no later store waits for the page tables: under some hypervisors that is a trap for each page.</summary>
    public void Populate()
    {
        for (nuint offset = 0; offset < LengthBytes; offset += PageBytes)
            _ = Interlocked.Or(ref *(int*)(Base + offset), 0);
    }

    /// <inheritdoc />
    protected override bool ReleaseHandle() => LinuxNative.Unmap(handle, LengthBytes) == 0;
}
