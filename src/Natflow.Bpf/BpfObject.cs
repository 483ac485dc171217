using System.Runtime.InteropServices;
using Natflow.Memory;

namespace Natflow.Bpf;

/// <summary>A compiled BPF object in the kernel: its programs and maps by name. They live as long as this or an attachment does.</summary>
/// <remarks>Thread-safe after loading, but for disposal.</remarks>
public sealed unsafe class BpfObject : SafeHandle
{
    private const int PossibleCpusMax = 8192;

    private readonly string _name;

    private BpfObject(nint bpfObject, string name)
        : base(0, ownsHandle: true)
    {
        SetHandle(bpfObject);
        _name = name;
    }

    /// <inheritdoc />
    public override bool IsInvalid => handle == 0;

    /// <summary>CPUs that the machine may have: values that a map keeps of each element where it is per CPU.</summary>
    /// <exception cref="DllNotFoundException">libbpf is not installed.</exception>
    public static int PossibleCpuCount => Math.Clamp(LibbpfNative.PossibleCpuCount(), 1, PossibleCpusMax);

    /// <summary>Loads an object.</summary>
    /// <param name="elf">The object file as clang wrote it.</param>
    /// <param name="name">For messages.</param>
    /// <param name="constants">New bytes of its <c>const volatile</c> variables, all of them; empty leaves them.</param>
    /// <param name="maps">Maps that are to be other than the source says.</param>
    /// <exception cref="BpfException">libbpf or a capability is missing, or the kernel refused; the message holds libbpf's own words.</exception>
    public static BpfObject Load(
        ReadOnlySpan<byte> elf, string name, ReadOnlySpan<byte> constants = default, ReadOnlySpan<BpfMapSetting> maps = default)
    {
        LibbpfLog.Begin();
        nint opened;
        fixed (byte* bytes = elf)
            opened = LibbpfNative.OpenObject(bytes, (nuint)elf.Length, null);
        if (opened == 0)
            throw Failed("bpf_object__open_mem", name);

        var loaded = new BpfObject(opened, name);
        try
        {
            if (!constants.IsEmpty)
                loaded.WriteConstants(constants);
            foreach (BpfMapSetting setting in maps)
                loaded.Apply(setting);
            if (LibbpfNative.LoadObject(opened) < 0)
                throw Failed("bpf_object__load", name);
            _ = LibbpfLog.End();
            return loaded;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    /// <summary>Loads an object that is embedded in an assembly.</summary>
    /// <param name="anchor">A type of that assembly.</param>
    /// <param name="resource">Name of the resource.</param>
    /// <param name="constants">As for the other overload.</param>
    /// <param name="maps">As for the other overload.</param>
    /// <exception cref="BpfException">As for the other overload.</exception>
    public static BpfObject LoadResource(
        Type anchor, string resource, ReadOnlySpan<byte> constants = default, ReadOnlySpan<BpfMapSetting> maps = default)
    {
        using Stream stream = anchor.Assembly.GetManifestResourceStream(resource)
            ?? throw new ArgumentException($"{anchor.Assembly.GetName().Name} embeds no {resource}", nameof(resource));
        byte[] elf = new byte[stream.Length];
        stream.ReadExactly(elf);
        return Load(elf, resource, constants, maps);
    }

    /// <summary>Descriptor of a program; valid until disposal.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public int ProgramFd(string program)
    {
        nint found = LibbpfNative.FindProgram(handle, program);
        return found != 0 ? LibbpfNative.ProgramFd(found) : throw new ArgumentException($"{_name} has no program {program}", nameof(program));
    }

    /// <summary>A map; valid until disposal.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public BpfMap Map(string map)
    {
        nint found = LibbpfNative.FindMap(handle, map);
        return found != 0 ? new BpfMap(LibbpfNative.MapFd(found), map) : throw new ArgumentException($"{_name} has no map {map}", nameof(map));
    }

    /// <inheritdoc />
    protected override bool ReleaseHandle()
    {
        LibbpfNative.CloseObject(handle);
        return true;
    }

    private void Apply(BpfMapSetting setting)
    {
        nint map = LibbpfNative.FindMap(handle, setting.Map);
        if (map == 0)
            throw new ArgumentException($"{_name} has no map {setting.Map}", nameof(setting));
        if (setting.EntriesMax != 0 && LibbpfNative.SetMaxEntries(map, setting.EntriesMax) < 0)
            throw Failed("bpf_map__set_max_entries", setting.Map);
        if (setting.PinPath is { } path && LibbpfNative.SetPinPath(map, path) < 0)
            throw Failed("bpf_map__set_pin_path", path);
    }

    private void WriteConstants(ReadOnlySpan<byte> constants)
    {
        nint map = LibbpfNative.FindMap(handle, ".rodata");
        nuint lengthBytes = 0;
        void* value = map == 0 ? null : LibbpfNative.InitialValue(map, &lengthBytes);
        if (value == null || (int)lengthBytes != constants.Length)
            throw new ArgumentException($"{_name} has {lengthBytes} bytes of constants, not {constants.Length}", nameof(constants));
        constants.CopyTo(new Span<byte>(value, constants.Length));
    }

    private static BpfException Failed(string call, string name)
    {
        int errno = Marshal.GetLastPInvokeError();
        string log = LibbpfLog.End();
        // The verifier's words where it refuses what it grants to CAP_PERFMON: its whole log would bury the one thing to do.
        bool lacksPerfmon = errno == Memory.Errno.AccessDenied && log.Contains("!root", StringComparison.Ordinal);
        if (lacksPerfmon)
            log = "";
        string advice = errno switch
        {
            Memory.Errno.AccessDenied when lacksPerfmon => "; needs CAP_PERFMON beside CAP_BPF and CAP_NET_ADMIN, or root",
            Memory.Errno.NotPermitted or Memory.Errno.AccessDenied when log.Length == 0 || errno == Memory.Errno.NotPermitted =>
                "; needs CAP_BPF and CAP_NET_ADMIN (CAP_PERFMON too where the kernel asks for it), or root",
            Memory.Errno.NoMemory => "; no memory for its maps",
            _ => "",
        };
        var cause = new NativeException(call, name, errno);
        return new BpfException($"{cause.Message}{advice}{(log.Length == 0 ? "" : $"\nlibbpf: {log}")}", errno, cause);
    }
}
