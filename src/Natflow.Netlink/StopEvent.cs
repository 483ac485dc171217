using System.Runtime.InteropServices;
using Natflow.Memory;

namespace Natflow.Netlink;

/// <summary>An eventfd that wakes a polling thread so that it ends.</summary>
internal sealed unsafe class StopEvent : SafeHandle
{
    internal StopEvent()
        : base(-1, ownsHandle: true)
    {
        int fd = NetlinkNative.EventFd(0, NetlinkNative.EventCloseOnExecNonBlock);
        if (fd < 0)
            throw new NativeException("eventfd", "stop of a watcher");
        SetHandle(fd);
    }

    /// <inheritdoc />
    public override bool IsInvalid => handle == -1;

    /// <summary>Number of the descriptor, for poll; valid while the event lives.</summary>
    internal int Fd => (int)handle;

    /// <summary>Wakes the poller. Any thread; again is harmless.</summary>
    internal void Signal()
    {
        ulong one = 1;
        _ = NetlinkNative.Write(this, &one, sizeof(ulong)); // Fails only when the counter is at its end: it is signalled then.
    }

    /// <inheritdoc />
    protected override bool ReleaseHandle() => NetlinkNative.Close(handle) == 0;
}
