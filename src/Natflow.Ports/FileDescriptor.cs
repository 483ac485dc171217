using System.Runtime.InteropServices;
using Natflow.Memory;

namespace Natflow.Ports;

/// <summary>A socket or device file that is closed once. Its number may be used while the owner is not disposed of.</summary>
internal sealed class FileDescriptor : SafeHandle
{
    private FileDescriptor(int fd)
        : base(-1, ownsHandle: true) => SetHandle(fd);

    /// <inheritdoc />
    public override bool IsInvalid => handle < 0;

    /// <summary>The number, for system calls of the owner.</summary>
    internal int Number => (int)handle;

    /// <summary>Takes the result of a call that opens something.</summary>
    /// <param name="fd">The call's result, negative on failure with errno set.</param>
    /// <param name="call">Name of the call.</param>
    /// <param name="subject">What was opened.</param>
    /// <param name="capability">What a process needs for it.</param>
    internal static FileDescriptor Take(int fd, string call, string subject, string? capability = null) =>
        fd >= 0 ? new FileDescriptor(fd) : throw new NativeException(call, subject, Marshal.GetLastPInvokeError(), capability);

    /// <inheritdoc />
    protected override bool ReleaseHandle() => SocketNative.Close((int)handle) == 0;
}
