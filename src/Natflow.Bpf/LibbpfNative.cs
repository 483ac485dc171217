using System.Runtime.InteropServices;

namespace Natflow.Bpf;

/// <summary>libbpf 1.x calls. The library is looked for at the first call, so that other ports work without it.</summary>
internal static unsafe partial class LibbpfNative
{
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

    [LibraryImport(Library, EntryPoint = "bpf_tc_hook_destroy", SetLastError = true)]
    internal static partial int DestroyHook(TrafficHook* hook);

    [LibraryImport(Library, EntryPoint = "bpf_tc_attach", SetLastError = true)]
    internal static partial int AttachToHook(TrafficHook* hook, TrafficOptions* options);

    [LibraryImport(Library, EntryPoint = "bpf_tc_detach", SetLastError = true)]
    internal static partial int DetachFromHook(TrafficHook* hook, TrafficOptions* options);

    [LibraryImport(Library, EntryPoint = "bpf_map__set_max_entries", SetLastError = true)]
    internal static partial int SetMaxEntries(nint map, uint maxEntries);

    [LibraryImport(Library, EntryPoint = "bpf_map__set_pin_path", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int SetPinPath(nint map, string path);

    [LibraryImport(Library, EntryPoint = "bpf_obj_pin", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Pin(int fd, string path);

    [LibraryImport(Library, EntryPoint = "bpf_obj_get", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int OpenPinned(string path);

    [LibraryImport(Library, EntryPoint = "bpf_obj_get_info_by_fd", SetLastError = true)]
    internal static partial int ReadInfo(int fd, void* info, uint* infoBytes);

    [LibraryImport(Library, EntryPoint = "bpf_link_update", SetLastError = true)]
    internal static partial int UpdateLink(int linkFd, int programFd, void* options);

    /// <summary><c>struct bpf_link_create_opts</c> with an unused union.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    internal struct LinkCreateOptions
    {
        internal nuint SizeBytes;
        internal uint Flags;
    }

    /// <summary>The beginning of <c>struct bpf_map_info</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MapFacts
    {
        internal uint Type;
        internal uint Id;
        internal uint KeyBytes;
        internal uint ValueBytes;
        internal uint EntriesMax;
        internal uint Flags;
    }

    /// <summary>The beginning of <c>struct bpf_link_info</c>, of an XDP link.</summary>
    [StructLayout(LayoutKind.Explicit)]
    internal struct LinkFacts
    {
        [FieldOffset(0)]
        internal uint Type;

        [FieldOffset(16)]
        internal uint InterfaceIndex;

        [FieldOffset(24)]
        internal ulong Rest;
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
