using System.Runtime.InteropServices;
using Natflow.Memory;

namespace Natflow.Bpf;

/// <summary>
/// A program's attachment to an interface. The kernel ends it when the last descriptor closes, so also when the process is killed:
/// the interface is then the kernel's alone again. A pinned one outlives the process.
/// </summary>
public sealed unsafe class BpfLink : SafeHandle
{
    private const uint LinkTypeXdp = 6; // BPF_LINK_TYPE_XDP

    private BpfLink(int fd)
        : base(-1, ownsHandle: true) => SetHandle(fd);

    /// <inheritdoc />
    public override bool IsInvalid => handle < 0;

    /// <summary>Attaches a program.</summary>
    /// <param name="programFd">The program.</param>
    /// <param name="interfaceIndex">Where to.</param>
    /// <param name="hook">Kind of hook.</param>
    /// <param name="flags">The hook's own flags.</param>
    /// <param name="errno">0, or why it was refused.</param>
    public static BpfLink? TryCreate(int programFd, int interfaceIndex, BpfHook hook, uint flags, out int errno)
    {
        var options = new LibbpfNative.LinkCreateOptions { SizeBytes = (nuint)sizeof(LibbpfNative.LinkCreateOptions), Flags = flags };
        return Taken(LibbpfNative.CreateLink(programFd, interfaceIndex, (int)hook, &options), out errno);
    }

    /// <summary>Opens a pinned link.</summary>
    /// <param name="path">In a BPF file system.</param>
    /// <param name="errno">0, or why there is none.</param>
    public static BpfLink? TryOpen(string path, out int errno) => Taken(LibbpfNative.OpenPinned(path), out errno);

    /// <summary>The interface of an XDP link; 0 where it is gone, or the link is another kind.</summary>
    public int ReadInterface()
    {
        var info = default(LibbpfNative.LinkFacts);
        uint infoBytes = (uint)sizeof(LibbpfNative.LinkFacts);
        return LibbpfNative.ReadInfo((int)handle, &info, &infoBytes) < 0 || info.Type != LinkTypeXdp ? 0 : (int)info.InterfaceIndex;
    }

    /// <summary>Makes the link outlive the process, until the file is removed.</summary>
    /// <param name="path">A new file in a BPF file system.</param>
    /// <exception cref="NativeException">No such file system, the file exists, or no permission.</exception>
    public void Pin(string path)
    {
        if (LibbpfNative.Pin((int)handle, path) < 0)
            throw new NativeException("BPF_OBJ_PIN", path, Marshal.GetLastPInvokeError(), "CAP_BPF");
    }

    /// <summary>Puts another program in the place of the attached one, between two frames.</summary>
    /// <returns>0, or the errno: the link's interface is gone, or the program is of another kind.</returns>
    public int Update(int programFd) => LibbpfNative.UpdateLink((int)handle, programFd, null) < 0 ? Marshal.GetLastPInvokeError() : 0;

    /// <inheritdoc />
    protected override bool ReleaseHandle() => LinuxNative.Close((int)handle) == 0;

    private static BpfLink? Taken(int fd, out int errno)
    {
        errno = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
        return fd < 0 ? null : new BpfLink(fd);
    }
}
