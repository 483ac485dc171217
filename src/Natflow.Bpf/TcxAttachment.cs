using System.Runtime.InteropServices;
using Natflow.Memory;

namespace Natflow.Bpf;

/// <summary>
/// A program at an interface's ingress, in the order of tcx: programs of others there still run on what it leaves. Disposal takes it off; so does the kernel when
/// the process ends, however it ends.
/// </summary>
public sealed class TcxAttachment : IDisposable
{
    private readonly BpfLink _link;

    private TcxAttachment(BpfLink link, string interfaceName, int interfaceIndex)
    {
        _link = link;
        InterfaceName = interfaceName;
        InterfaceIndex = interfaceIndex;
    }

    /// <summary>The interface.</summary>
    public string InterfaceName { get; }

    /// <summary>Its index.</summary>
    public int InterfaceIndex { get; }

    /// <summary>Attaches a program.</summary>
    /// <param name="programFd">A loaded program for traffic control; may be attached to several interfaces.</param>
    /// <param name="interfaceName">The interface, in the calling thread's network namespace.</param>
    /// <exception cref="BpfException">The kernel is older than 6.6, or a capability is missing.</exception>
    /// <exception cref="NativeException">There is no such interface.</exception>
    public static TcxAttachment Attach(int programFd, string interfaceName)
    {
        int interfaceIndex = InterfaceNames.IndexOf(interfaceName);
        BpfLink link = BpfLink.TryCreate(programFd, interfaceIndex, BpfHook.TcxIngress, 0, out int errno) ?? throw Refused(interfaceName, errno);
        return new TcxAttachment(link, interfaceName, interfaceIndex);
    }

    /// <inheritdoc />
    public void Dispose() => _link.Dispose();

    private static BpfException Refused(string interfaceName, int errno)
    {
        string advice = errno switch
        {
            Errno.NotPermitted or Errno.AccessDenied => "needs CAP_NET_ADMIN and CAP_BPF, or root",
            Errno.Invalid or Errno.NotSupported => "needs Linux 6.6 or later (tcx); use an af_xdp port on older kernels",
            _ => "the kernel gave no other reason",
        };
        string reason = Marshal.GetPInvokeErrorMessage(errno);
        return new BpfException($"{interfaceName}: no program can be attached at ingress: {reason} ({Errno.NameOf(errno)}); {advice}", errno);
    }
}
