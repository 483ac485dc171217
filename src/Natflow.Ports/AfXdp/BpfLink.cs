using System.Runtime.InteropServices;

namespace Natflow.Ports.AfXdp;

/// <summary>
/// A program's attachment to an interface. The kernel ends it when the last descriptor closes, so also when the process is killed:
/// the interface is then the kernel's alone again.
/// </summary>
internal sealed unsafe class BpfLink : SafeHandle
{
    private BpfLink(int fd)
        : base(-1, ownsHandle: true) => SetHandle(fd);

    /// <inheritdoc />
    public override bool IsInvalid => handle < 0;

    /// <summary>Attaches a program.</summary>
    /// <param name="programFd">The program.</param>
    /// <param name="interfaceIndex">Where to.</param>
    /// <param name="attachType">Kind of hook.</param>
    /// <param name="flags">The hook's own flags.</param>
    /// <param name="errno">0, or why it was refused.</param>
    internal static BpfLink? TryCreate(int programFd, int interfaceIndex, int attachType, uint flags, out int errno)
    {
        var options = new LibbpfNative.LinkCreateOptions { SizeBytes = (nuint)sizeof(LibbpfNative.LinkCreateOptions), Flags = flags };
        int fd = LibbpfNative.CreateLink(programFd, interfaceIndex, attachType, &options);
        errno = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
        return fd < 0 ? null : new BpfLink(fd);
    }

    /// <inheritdoc />
    protected override bool ReleaseHandle() => SocketNative.Close((int)handle) == 0;
}
