namespace Natflow.Bpf;

/// <summary>A program at an interface's traffic control, where it stays when the process ends: a link would go with its descriptor.</summary>
public static unsafe class TrafficControl
{
    private const int Ingress = 1; // BPF_TC_INGRESS

    // One filter of ours an interface, known by these two alone: others' filters keep theirs.
    private const uint Handle = 0x4E46;
    private const uint Priority = 0x4E46;

    /// <summary>Attaches a program at ingress; one that is there already of ours is replaced.</summary>
    /// <param name="interfaceIndex">As the kernel numbers it.</param>
    /// <param name="programFd">A loaded program for traffic control.</param>
    /// <returns>False where the kernel refuses.</returns>
    public static bool TryAttach(int interfaceIndex, int programFd)
    {
        LibbpfNative.TrafficHook hook = HookOf(interfaceIndex);
        _ = LibbpfNative.CreateHook(&hook); // Refused where there is one: the attempt to attach tells.
        _ = TryDetach(interfaceIndex);
        LibbpfNative.TrafficOptions options = Options();
        options.ProgramFd = programFd;
        return LibbpfNative.AttachToHook(&hook, &options) == 0;
    }

    /// <summary>Detaches our program. The hook itself stays, empty: another's filters may be at it.</summary>
    /// <param name="interfaceIndex">As the kernel numbers it.</param>
    /// <returns>False where there was none.</returns>
    public static bool TryDetach(int interfaceIndex)
    {
        LibbpfNative.TrafficHook hook = HookOf(interfaceIndex);
        LibbpfNative.TrafficOptions options = Options();
        LibbpfLog.Begin();
        bool isDone = LibbpfNative.DetachFromHook(&hook, &options) == 0;
        _ = LibbpfLog.End();
        return isDone;
    }

    private static LibbpfNative.TrafficHook HookOf(int interfaceIndex) =>
        new() { SizeBytes = (nuint)sizeof(LibbpfNative.TrafficHook), InterfaceIndex = interfaceIndex, AttachPoint = Ingress };

    private static LibbpfNative.TrafficOptions Options() =>
        new() { SizeBytes = (nuint)sizeof(LibbpfNative.TrafficOptions), Handle = Handle, Priority = Priority };
}
