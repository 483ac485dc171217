using System.Runtime.InteropServices;
using Natflow.Memory;

namespace Natflow.Bpf;

/// <summary>Interfaces by name, in the calling thread's network namespace.</summary>
internal static class InterfaceNames
{
    /// <summary>Index of an interface.</summary>
    /// <exception cref="NativeException">There is none of that name; the message lists those that there are.</exception>
    internal static int IndexOf(string interfaceName)
    {
        uint index = LinuxNative.InterfaceIndex(interfaceName);
        return index != 0
            ? (int)index
            : throw new NativeException(
                "if_nametoindex", $"no interface \"{interfaceName}\"; there are: {string.Join(", ", Names())}", Errno.NoDevice);
    }

    private static unsafe List<string> Names()
    {
        var names = new List<string>();
        LinuxNative.InterfaceName* first = LinuxNative.InterfaceNames();
        if (first == null)
            return names;
        for (LinuxNative.InterfaceName* entry = first; entry->Index != 0; entry++)
            names.Add(Marshal.PtrToStringUTF8((nint)entry->Name)!);
        LinuxNative.FreeInterfaceNames(first);
        return names;
    }
}
