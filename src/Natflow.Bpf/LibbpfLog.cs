using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Natflow.Bpf;

/// <summary>Collects what libbpf says during a call on this thread; outside of one it is silent.</summary>
internal static unsafe class LibbpfLog
{
    private const int LevelInfo = 1;
    private const int MessageBytesMax = 64 << 10;
    private const int CharsMax = 8 << 10;

    [ThreadStatic]
    private static StringBuilder? _current;

    static LibbpfLog() => _ = LibbpfNative.SetPrint(&Print);

    /// <summary>Starts collecting on this thread.</summary>
    /// <exception cref="BpfException">libbpf is not installed.</exception>
    internal static void Begin()
    {
        try
        {
            RuntimeHelpers.RunClassConstructor(typeof(LibbpfLog).TypeHandle);
        }
        catch (TypeInitializationException notLoaded) when (notLoaded.InnerException is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new BpfException(
                "libbpf.so.1 cannot be loaded: install it (Debian and Ubuntu: package libbpf1; Fedora: libbpf)", cause: notLoaded.InnerException);
        }

        _current = new StringBuilder();
    }

    /// <summary>Ends collecting; gives the last part of what was said, lines apart by newlines, without one at the end.</summary>
    internal static string End()
    {
        string text = _current?.ToString().Trim() ?? "";
        _current = null;
        return text.Length <= CharsMax ? text : $"…{text[^CharsMax..]}";
    }

    [UnmanagedCallersOnly]
    private static int Print(int level, byte* format, nint arguments)
    {
        if (_current is not { } log || level > LevelInfo)
            return 0;

        byte[] buffer = new byte[MessageBytesMax];
        fixed (byte* bytes = buffer)
        {
            int length = Math.Min(LinuxNative.Format(bytes, MessageBytesMax, format, arguments), MessageBytesMax - 1);
            log.Append(Encoding.UTF8.GetString(bytes, Math.Max(length, 0)));
        }

        return 0;
    }
}
