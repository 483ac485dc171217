using Microsoft.Win32.SafeHandles;

namespace Natflow.Memory;

/// <summary>A descriptor that any thread makes readable (eventfd(2)): a thread that waits on descriptors wakes for what comes by none of them.</summary>
public sealed unsafe class WakeDescriptor : SafeHandleMinusOneIsInvalid
{
    /// <summary>Makes one that is not readable.</summary>
    /// <exception cref="IOException">The process has no descriptors left.</exception>
    public WakeDescriptor()
        : base(ownsHandle: true)
    {
        SetHandle(LibcNative.EventDescriptor(0, LibcNative.EventNonBlocking | LibcNative.EventCloseOnExec));
        if (IsInvalid)
            throw new IOException("eventfd: no descriptor is left");
    }

    /// <summary>What to wait on.</summary>
    public int Descriptor => (int)handle;

    /// <summary>Makes it readable. Any thread.</summary>
    public void Set()
    {
        ulong count = 1;
        _ = LibcNative.Write(this, &count, sizeof(ulong)); // Fails where it has been set 2^64 - 2 times: it is readable then.
    }

    /// <summary>Makes it not readable. The waiting thread.</summary>
    public void Clear()
    {
        ulong count;
        _ = LibcNative.Read(this, &count, sizeof(ulong)); // Fails where it was not set.
    }

    /// <inheritdoc />
    protected override bool ReleaseHandle() => LibcNative.Close((int)handle) == 0;
}
