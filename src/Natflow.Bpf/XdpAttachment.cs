using System.Runtime.InteropServices;
using Natflow.Memory;

namespace Natflow.Bpf;

/// <summary>An XDP program on an interface. Disposal takes it off; so does the kernel when the process ends, however it ends.</summary>
public sealed class XdpAttachment : IDisposable
{
    private const int NoSpace = 28; // ENOSPC
    private const int OutOfRange = 34; // ERANGE

    private readonly BpfLink _link;

    private XdpAttachment(BpfLink link, string interfaceName, int interfaceIndex, bool isNative, string? fallbackReason)
    {
        _link = link;
        InterfaceName = interfaceName;
        InterfaceIndex = interfaceIndex;
        IsNative = isNative;
        FallbackReason = fallbackReason;
    }

    /// <summary>The interface.</summary>
    public string InterfaceName { get; }

    /// <summary>Its index.</summary>
    public int InterfaceIndex { get; }

    /// <summary>Whether the program runs in the driver.</summary>
    public bool IsNative { get; }

    /// <summary>Why it does not, where that was tried; else null.</summary>
    public string? FallbackReason { get; }

    /// <summary>Attaches a program.</summary>
    /// <param name="programFd">A loaded XDP program; may be attached to several interfaces.</param>
    /// <param name="interfaceName">The interface, in the calling thread's network namespace.</param>
    /// <param name="mode">Where it is to run.</param>
    /// <exception cref="BpfException">Refused: no such mode, another program is there, no permission.</exception>
    /// <exception cref="NativeException">There is no such interface.</exception>
    public static XdpAttachment Attach(int programFd, string interfaceName, XdpDriverMode mode)
    {
        int interfaceIndex = InterfaceNames.IndexOf(interfaceName);
        string? fallbackReason = null;
        if (mode != XdpDriverMode.Generic)
        {
            BpfLink? native = BpfLink.TryCreate(programFd, interfaceIndex, BpfHook.Xdp, LibbpfNative.XdpFlagNative, out int errno);
            if (native is not null)
                return new XdpAttachment(native, interfaceName, interfaceIndex, isNative: true, null);
            if (mode == XdpDriverMode.Native || !IsWorthGeneric(errno))
                throw Refused(interfaceName, "native", errno);
            fallbackReason = $"native XDP: {Reason(interfaceName, errno)}";
        }

        BpfLink generic = BpfLink.TryCreate(programFd, interfaceIndex, BpfHook.Xdp, LibbpfNative.XdpFlagGeneric, out int genericErrno)
            ?? throw Refused(interfaceName, "generic", genericErrno);
        return new XdpAttachment(generic, interfaceName, interfaceIndex, isNative: false, fallbackReason);
    }

    /// <summary>Attaches a program so that it outlives the process; where an earlier process left one, the program is put in its place between two frames.</summary>
    /// <param name="programFd">As for <see cref="Attach"/>.</param>
    /// <param name="interfaceName">As for <see cref="Attach"/>.</param>
    /// <param name="mode">As for <see cref="Attach"/>.</param>
    /// <param name="pinPath">File in a BPF file system; with <c>-generic</c> behind it where the program does not run in the driver.</param>
    /// <param name="isAdopted">Whether there was one.</param>
    /// <inheritdoc cref="Attach" path="/exception"/>
    public static XdpAttachment AttachPinned(int programFd, string interfaceName, XdpDriverMode mode, string pinPath, out bool isAdopted)
    {
        int interfaceIndex = InterfaceNames.IndexOf(interfaceName);
        string genericPath = $"{pinPath}-generic";
        BpfLink? link = mode == XdpDriverMode.Generic ? null : TryAdopt(pinPath, interfaceIndex, programFd);
        bool isNative = link is not null;
        link ??= mode == XdpDriverMode.Native ? null : TryAdopt(genericPath, interfaceIndex, programFd);
        isAdopted = link is not null;
        if (link is not null)
            return new XdpAttachment(link, interfaceName, interfaceIndex, isNative, isNative ? null : "adopted as it was");

        // What is left is another interface's, or of a mode that is not wanted: it ends with its last name.
        File.Delete(pinPath);
        File.Delete(genericPath);
        XdpAttachment attachment = Attach(programFd, interfaceName, mode);
        attachment._link.Pin(attachment.IsNative ? pinPath : genericPath);
        return attachment;
    }

    /// <inheritdoc />
    public void Dispose() => _link.Dispose();

    private static BpfLink? TryAdopt(string pinPath, int interfaceIndex, int programFd)
    {
        BpfLink? link = BpfLink.TryOpen(pinPath, out _);
        if (link is null || (link.ReadInterface() == interfaceIndex && link.Update(programFd) == 0))
            return link;
        link.Dispose();
        return null;
    }

    // Generic mode meets the same obstacle.
    private static bool IsWorthGeneric(int errno) =>
        errno is not (Memory.Errno.Busy or Memory.Errno.Exists or Memory.Errno.NotPermitted or Memory.Errno.AccessDenied);

    private static BpfException Refused(string interfaceName, string mode, int errno) =>
        new($"{interfaceName}: {mode} XDP cannot be attached: {Reason(interfaceName, errno)}", errno);

    private static string Reason(string interfaceName, int errno)
    {
        string advice = errno switch
        {
            Memory.Errno.Busy or Memory.Errno.Exists =>
                $"; another XDP program is attached already, perhaps another gateway's: `ip link show {interfaceName}` shows its id",
            Memory.Errno.NotPermitted or Memory.Errno.AccessDenied => "; needs CAP_NET_ADMIN and CAP_BPF, or root",
            Memory.Errno.NotSupported => "; the driver has no native XDP",
            OutOfRange => "; the MTU of the interface, or of a veth's peer, is too large for XDP in one page: lower it",
            NoSpace => "; a veth needs as many receive queues as its peer has transmit queues: `ip link add ... numrxqueues N`, or `ethtool -L`",
            Memory.Errno.Invalid => "; the driver refuses it in its present state: MTU, LRO and queue counts are the usual causes",
            _ => "",
        };
        return $"{Marshal.GetPInvokeErrorMessage(errno)} ({Memory.Errno.NameOf(errno)}){advice}";
    }
}
