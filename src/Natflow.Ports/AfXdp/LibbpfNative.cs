using System.Runtime.InteropServices;

namespace Natflow.Ports.AfXdp;

/// <summary>libbpf 1.x calls. The library is looked for at the first call, so that other ports work without it.</summary>
internal static unsafe partial class LibbpfNative
{
    internal const int LinkXdp = 37;
    internal const int LinkTcxIngress = 46;

    internal const uint XdpFlagGeneric = 1 << 1;
    internal const uint XdpFlagNative = 1 << 2;

    private const string Library = "libbpf.so.1";

    [LibraryImport(Library, EntryPoint = "libbpf_set_print")]
    internal static partial nint SetPrint(delegate* unmanaged<int, byte*, nint, int> print);

    [LibraryImport(Library, EntryPoint = "bpf_object__open_mem", SetLastError = true)]
    internal static partial nint OpenObject(void* bytes, nuint lengthBytes, void* options);

    [LibraryImport(Library, EntryPoint = "bpf_object__load", SetLastError = true)]
    internal static partial int LoadObject(nint bpfObject);

    [LibraryImport(Library, EntryPoint = "bpf_object__close")]
    internal static partial void CloseObject(nint bpfObject);

    [LibraryImport(Library, EntryPoint = "bpf_object__find_program_by_name", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint FindProgram(nint bpfObject, string name);

    [LibraryImport(Library, EntryPoint = "bpf_program__fd")]
    internal static partial int ProgramFd(nint program);

    [LibraryImport(Library, EntryPoint = "bpf_object__find_map_by_name", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint FindMap(nint bpfObject, string name);

    [LibraryImport(Library, EntryPoint = "bpf_map__fd")]
    internal static partial int MapFd(nint map);

    [LibraryImport(Library, EntryPoint = "bpf_map__initial_value")]
    internal static partial void* InitialValue(nint map, nuint* lengthBytes);

    [LibraryImport(Library, EntryPoint = "bpf_map_update_elem", SetLastError = true)]
    internal static partial int UpdateElement(int mapFd, void* key, void* value, ulong flags);

    [LibraryImport(Library, EntryPoint = "bpf_map_delete_elem", SetLastError = true)]
    internal static partial int DeleteElement(int mapFd, void* key);

    [LibraryImport(Library, EntryPoint = "bpf_map_lookup_elem", SetLastError = true)]
    internal static partial int LookupElement(int mapFd, void* key, void* value);

    [LibraryImport(Library, EntryPoint = "bpf_link_create", SetLastError = true)]
    internal static partial int CreateLink(int programFd, int target, int attachType, LinkCreateOptions* options);

    [LibraryImport(Library, EntryPoint = "bpf_prog_test_run_opts", SetLastError = true)]
    internal static partial int TestRun(int programFd, TestRunOptions* options);

    [LibraryImport(Library, EntryPoint = "libbpf_num_possible_cpus")]
    internal static partial int PossibleCpuCount();

    [LibraryImport(Library, EntryPoint = "bpf_tc_hook_create", SetLastError = true)]
    internal static partial int CreateHook(TrafficHook* hook);

    [LibraryImport(Library, EntryPoint = "bpf_tc_attach", SetLastError = true)]
    internal static partial int AttachToHook(TrafficHook* hook, TrafficOptions* options);

    [LibraryImport(Library, EntryPoint = "bpf_tc_detach", SetLastError = true)]
    internal static partial int DetachFromHook(TrafficHook* hook, TrafficOptions* options);

    /// <summary>Of libc, for libbpf's messages: a <c>va_list</c> travels as a pointer in the calling conventions of x86-64 and arm64.</summary>
    [LibraryImport("libc", EntryPoint = "vsnprintf")]
    internal static partial int Format(byte* buffer, nuint bufferBytes, byte* format, nint arguments);

    /// <summary><c>struct bpf_link_create_opts</c> with an unused union.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    internal struct LinkCreateOptions
    {
        internal nuint SizeBytes;
        internal uint Flags;
    }

    /// <summary><c>struct bpf_test_run_opts</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TestRunOptions
    {
        internal nuint SizeBytes;
        internal void* Input;
        internal void* Output;
        internal uint InputBytes;
        internal uint OutputBytes;
        internal void* ContextInput;
        internal void* ContextOutput;
        internal uint ContextInputBytes;
        internal uint ContextOutputBytes;
        internal uint ReturnValue;
        internal int Repeat;
        internal uint DurationNanoseconds;
        internal uint Flags;
        internal uint Cpu;
        internal uint BatchSize;
    }

    /// <summary><c>struct bpf_tc_hook</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TrafficHook
    {
        internal nuint SizeBytes;
        internal int InterfaceIndex;
        internal int AttachPoint;
        internal uint Parent;
    }

    /// <summary><c>struct bpf_tc_opts</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TrafficOptions
    {
        internal nuint SizeBytes;
        internal int ProgramFd;
        internal uint Flags;
        internal uint ProgramId;
        internal uint Handle;
        internal uint Priority;
    }
}
