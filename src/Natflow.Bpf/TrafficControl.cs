namespace Natflow.Bpf;

/// <summary>A program at an interface's traffic control, where it stays when the process ends: a link would go with its descriptor.</summary>
public static unsafe class TrafficControl
{
    private const int Ingress = 1; // BPF_TC_INGRESS
    private const int BothWays = 3; // BPF_TC_INGRESS | BPF_TC_EGRESS: the hook as a whole.

    // One filter of ours an interface, known by priority and handle alone: others' filters keep theirs. The handle tells the next process, too, who made
    // the hook.
    private const uint Priority = 0x4E46;
    private const uint HandleAtOthersHook = 0x4E46;
    private const uint HandleAtOwnHook = 0x4E47;

    /// <summary>Attaches a program at ingress; one that is there already of ours is replaced.</summary>
    /// <param name="interfaceIndex">As the kernel numbers it.</param>
    /// <param name="programFd">A loaded program for traffic control.</param>
    /// <returns>False where the kernel refuses.</returns>
    public static bool TryAttach(int interfaceIndex, int programFd)
    {
        LibbpfNative.TrafficHook hook = HookOf(interfaceIndex, Ingress);
        LibbpfLog.Begin();
        bool isOwnHook = LibbpfNative.CreateHook(&hook) == 0; // Refused where there is one: the attempt to attach tells.
        _ = LibbpfLog.End();
        isOwnHook |= Detach(interfaceIndex) == TrafficDetach.DetachedFromOwnHook;
        LibbpfNative.TrafficOptions options = Options(isOwnHook ? HandleAtOwnHook : HandleAtOthersHook);
        options.ProgramFd = programFd;
        return LibbpfNative.AttachToHook(&hook, &options) == 0;
    }

    /// <summary>Detaches our program. The hook itself stays: another's filters may be at it, see <see cref="RemoveHook"/>.</summary>
    /// <param name="interfaceIndex">As the kernel numbers it.</param>
    /// <returns>What was there.</returns>
    public static TrafficDetach Detach(int interfaceIndex) =>
        TryDetach(interfaceIndex, HandleAtOwnHook) ? TrafficDetach.DetachedFromOwnHook
        : TryDetach(interfaceIndex, HandleAtOthersHook) ? TrafficDetach.Detached
        : TrafficDetach.Nothing;

    /// <summary>Removes an interface's hook with everything at it, in both directions.</summary>
    /// <param name="interfaceIndex">As the kernel numbers it.</param>
    /// <returns>False where there is none, or the kernel refuses.</returns>
    public static bool RemoveHook(int interfaceIndex)
    {
        LibbpfNative.TrafficHook hook = HookOf(interfaceIndex, BothWays);
        return LibbpfNative.DestroyHook(&hook) == 0;
    }

    private static bool TryDetach(int interfaceIndex, uint handle)
    {
        LibbpfNative.TrafficHook hook = HookOf(interfaceIndex, Ingress);
        LibbpfNative.TrafficOptions options = Options(handle);
        LibbpfLog.Begin();
        bool isDone = LibbpfNative.DetachFromHook(&hook, &options) == 0;
        _ = LibbpfLog.End();
        return isDone;
    }

    private static LibbpfNative.TrafficHook HookOf(int interfaceIndex, int attachPoint) =>
        new() { SizeBytes = (nuint)sizeof(LibbpfNative.TrafficHook), InterfaceIndex = interfaceIndex, AttachPoint = attachPoint };

    private static LibbpfNative.TrafficOptions Options(uint handle) =>
        new() { SizeBytes = (nuint)sizeof(LibbpfNative.TrafficOptions), Handle = handle, Priority = Priority };
}
