using System.Runtime.InteropServices;

namespace Natflow.Memory;

/// <summary>libc calls for memory and threads: mapping, advice, affinity, waiting.</summary>
internal static unsafe partial class LibcNative
{
    internal const int ProtectReadWrite = 0x3;
    internal const int MapPrivateAnonymousNoReserve = 0x02 | 0x20 | 0x4000;
    internal const int AdviseHugePage = 14;
    internal const int AdvisePopulateWrite = 23;
    internal const short PollIn = 1;
    internal const int EventNonBlocking = 0x800;
    internal const int EventCloseOnExec = 0x80000;

    internal static readonly nint MapFailed = -1;

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    internal static partial nint Map(nint address, nuint lengthBytes, int protection, int flags, int fd, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    internal static partial int Unmap(nint address, nuint lengthBytes);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    internal static partial int Advise(nint address, nuint lengthBytes, int advice);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(DescriptorWait.PollEntry* entries, nuint count, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    internal static partial int EventDescriptor(uint count, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(WakeDescriptor descriptor, void* buffer, nuint lengthBytes);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(WakeDescriptor descriptor, void* buffer, nuint lengthBytes);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    internal static partial int SetAffinity(int threadId, nuint maskBytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_getaffinity", SetLastError = true)]
    internal static partial int GetAffinity(int threadId, int maskBytes, ulong* mask);

    // "Process" is a thread to the kernel: 0 is the calling one.
    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    internal static partial int SetPriority(int which, int threadId, int niceness);
}
