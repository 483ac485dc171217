using System.Runtime.InteropServices;
using Natflow.Memory;

namespace Natflow.Ports.Tap;

/// <summary>Queues of a virtual interface whose wire is this process (<c>/dev/net/tun</c>). The interface goes when its last queue is closed.</summary>
internal sealed unsafe class TunDevice : IDisposable
{
    private const string DevicePath = "/dev/net/tun";
    private const nuint SetInterface = 0x4004_54CA;
    private const nuint SetPersistence = 0x4004_54CB;
    private const nuint SetSendBuffer = 0x4004_54D4;
    private const int RequestBytes = 40;
    private const int FlagsOffset = 16;
    private const ushort FlagTun = 0x0001;
    private const ushort FlagTap = 0x0002;
    private const ushort FlagMultiQueue = 0x0100;
    private const ushort FlagNoPacketInformation = 0x1000;

    private readonly FileDescriptor[] _queues;

    private TunDevice(FileDescriptor[] queues, string name)
    {
        _queues = queues;
        Name = name;
    }

    /// <summary>Name of the interface, chosen by the kernel where the wanted name ended in <c>%d</c>.</summary>
    internal string Name { get; }

    /// <summary>Makes an interface of layer 2.</summary>
    internal static TunDevice OpenTap(string name, int queueCount) =>
        Open(name, queueCount, (ushort)(FlagTap | (queueCount > 1 ? FlagMultiQueue : 0)));

    /// <summary>Makes an interface of layer 3, with one queue.</summary>
    internal static TunDevice OpenTun(string name) => Open(name, 1, FlagTun);

    /// <summary>Number of a queue's file.</summary>
    internal int Queue(int index) => _queues[index].Number;

    /// <summary>Bounds the bytes that were written but not yet consumed by the kernel's stack; beyond it a write says EAGAIN.</summary>
    internal void LimitSendBuffer(int bytes)
    {
        if (SocketNative.Control(_queues[0].Number, SetSendBuffer, &bytes) < 0)
            throw new NativeException("ioctl TUNSETSNDBUF", Name);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (FileDescriptor? queue in _queues)
            queue?.Dispose();
    }

    private static TunDevice Open(string name, int queueCount, ushort flags)
    {
        var queues = new FileDescriptor[queueCount];
        string actualName = name;
        try
        {
            for (int i = 0; i < queueCount; i++)
                queues[i] = OpenQueue(ref actualName, flags);
        }
        catch
        {
            foreach (FileDescriptor? queue in queues)
                queue?.Dispose();
            throw;
        }

        return new TunDevice(queues, actualName);
    }

    private static FileDescriptor OpenQueue(ref string name, ushort flags)
    {
        const int OpenFlags = SocketNative.OpenReadWrite | SocketNative.OpenNonBlocking | SocketNative.OpenCloseOnExec;
        FileDescriptor queue = FileDescriptor.Take(
            SocketNative.Open(DevicePath, OpenFlags), "open", $"{DevicePath}: the device of the kernel module tun (modprobe tun)", "access to it");
        try
        {
            byte* request = stackalloc byte[RequestBytes];
            new Span<byte>(request, RequestBytes).Clear();
            LinkControl.WriteName(request, name);
            *(ushort*)(request + FlagsOffset) = (ushort)(flags | FlagNoPacketInformation);
            Control(queue, SetInterface, request, "ioctl TUNSETIFF", name);
            Control(queue, SetPersistence, null, "ioctl TUNSETPERSIST off", name);
            name = Marshal.PtrToStringUTF8((nint)request)!;
            return queue;
        }
        catch
        {
            queue.Dispose();
            throw;
        }
    }

    private static void Control(FileDescriptor queue, nuint code, void* argument, string call, string name)
    {
        if (SocketNative.Control(queue.Number, code, argument) >= 0)
            return;
        int errno = Marshal.GetLastPInvokeError();
        string subject = errno switch
        {
            Errno.Busy => $"{name}: another process has it open",
            Errno.Invalid => $"{name}: an interface of that name is of another kind, or has another number of queues",
            _ => name,
        };
        throw new NativeException(call, subject, errno, "CAP_NET_ADMIN");
    }
}
