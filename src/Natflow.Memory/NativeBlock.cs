using System.Runtime.InteropServices;

namespace Natflow.Memory;

/// <summary>
/// A zeroed anonymous mapping outside the managed heap, aligned to 2 MiB and advised for huge pages: tables of hundreds of
/// megabytes in random order spend more on the TLB than on the cache otherwise. Pages are not resident until touched.
/// </summary>
public sealed unsafe class NativeBlock : SafeHandle
{
    private const nuint HugePageBytes = 2 << 20;

    private readonly nuint _mappedBytes;

    /// <summary>Maps at least <paramref name="lengthBytes"/> bytes.</summary>
    /// <param name="lengthBytes">Size in bytes, greater than 0.</param>
    /// <param name="isSparse">Little of it will be touched, here and there: small pages, for a huge one costs two megabytes of zeros.</param>
    /// <exception cref="NativeException">The kernel has no room.</exception>
    public NativeBlock(nuint lengthBytes, bool isSparse = false)
        : base(0, ownsHandle: true)
    {
        ArgumentOutOfRangeException.ThrowIfZero(lengthBytes);
        LengthBytes = lengthBytes;
        nuint wholeBytes = lengthBytes < HugePageBytes ? lengthBytes : (lengthBytes + HugePageBytes - 1) & ~(HugePageBytes - 1); // The last page is a huge one too.
        _mappedBytes = wholeBytes + HugePageBytes;
        nint mapped = LibcNative.Map(0, _mappedBytes, LibcNative.ProtectReadWrite, LibcNative.MapPrivateAnonymousNoReserve, -1, 0);
        if (mapped == LibcNative.MapFailed)
            throw new NativeException("mmap", $"{lengthBytes} bytes");

        SetHandle(mapped);
        nint aligned = (nint)(((nuint)mapped + HugePageBytes - 1) & ~(HugePageBytes - 1));
        Base = (byte*)aligned;

        // Advice only: without transparent huge pages the table is slower, not wrong.
        if (lengthBytes >= HugePageBytes && !isSparse)
            _ = LibcNative.Advise(aligned, wholeBytes, LibcNative.AdviseHugePage);
    }

    /// <inheritdoc />
    public override bool IsInvalid => handle == 0 || handle == LibcNative.MapFailed;

    /// <summary>First byte, 2 MiB aligned. Valid until the block is disposed.</summary>
    public byte* Base { get; }

    /// <summary>Usable size in bytes.</summary>
    public nuint LengthBytes { get; }

    /// <summary>Makes all pages resident now, so that no page fault meets a packet later.</summary>
    /// <returns>False when the kernel cannot (before Linux 5.14) or has no room: pages come at their first use, as without this.</returns>
    public bool TryPopulate() => LibcNative.Advise((nint)Base, LengthBytes, LibcNative.AdvisePopulateWrite) == 0;

    /// <inheritdoc />
    protected override bool ReleaseHandle() => LibcNative.Unmap(handle, _mappedBytes) == 0;
}
