using System.Runtime.InteropServices;
using Natflow.Bpf;

namespace Natflow.Ports.AfXdp;

/// <summary>
/// The program behind <c>af_packet</c> ports: ends the kernel's copy of frames that the gateway forwards, after the port's tap has
/// had its own, so that the kernel neither forwards them again nor answers for a translated address. One load serves all ports.
/// </summary>
public sealed class IngressGuard : IDisposable
{
    internal const string Resource = "natflow_guard.bpf.o";

    private readonly BpfObject _object;
    private readonly List<TcxAttachment> _attachments = [];

    // Set by the program before it is loaded: pppoe_to_gateway, hold_until_ns.
    private readonly record struct Constants(ulong TakesPppoe, ulong HoldUntilNanoseconds);

    private IngressGuard(BpfObject loaded)
    {
        _object = loaded;
        ProgramFd = loaded.ProgramFd("natflow_guard");
        Filter = new HostFilter(loaded);
    }

    /// <summary>The loaded program's descriptor.</summary>
    public int ProgramFd { get; }

    /// <summary>What is left to the kernel.</summary>
    public HostFilter Filter { get; }

    /// <summary>Loads the program that is embedded in this assembly.</summary>
    /// <param name="takesPppoe">Whether PPPoE session frames are the gateway's; else the kernel's.</param>
    /// <param name="holdUntilNanoseconds">CLOCK_MONOTONIC after which all is the kernel's; 0 has no end.</param>
    /// <exception cref="BpfException">libbpf or a capability is missing, or the kernel refuses the program.</exception>
    public static IngressGuard Load(bool takesPppoe = false, ulong holdUntilNanoseconds = 0)
    {
        var values = new Constants(takesPppoe ? 1u : 0, holdUntilNanoseconds);
        ReadOnlySpan<byte> constants = MemoryMarshal.AsBytes(new ReadOnlySpan<Constants>(in values));
        return new IngressGuard(BpfObject.LoadResource(typeof(IngressGuard), Resource, constants));
    }

    /// <summary>Guards an interface until disposal or the end of the process. Programs of others at the same hook still run on what is left.</summary>
    /// <param name="interfaceName">The interface, in the calling thread's network namespace.</param>
    /// <exception cref="BpfException">The kernel is older than 6.6, or a capability is missing.</exception>
    /// <exception cref="Memory.NativeException">There is no such interface.</exception>
    public void Attach(string interfaceName) => _attachments.Add(TcxAttachment.Attach(ProgramFd, interfaceName));

    /// <summary>
    /// Leaves the program on an interface beyond the end of the process: what a gateway that starts again will want does not reach the kernel meanwhile,
    /// which would answer it with resets. For a program with an end; <see cref="TakeAway"/> takes it off before.
    /// </summary>
    /// <param name="interfaceName">The interface, in the calling thread's network namespace.</param>
    /// <returns>False where the kernel has no traffic control for it.</returns>
    /// <exception cref="Memory.NativeException">There is no such interface.</exception>
    public bool TryLeave(string interfaceName) => TrafficControl.TryAttach(LinkControl.IndexOf(interfaceName), ProgramFd);

    /// <summary>Takes a program off that an earlier process has left.</summary>
    /// <returns>What was there.</returns>
    /// <exception cref="Memory.NativeException">There is no such interface.</exception>
    public static TrafficDetach TakeAway(string interfaceName) => TrafficControl.Detach(LinkControl.IndexOf(interfaceName));

    /// <summary>Takes the program off all interfaces.</summary>
    public void Dispose()
    {
        foreach (TcxAttachment attachment in _attachments)
            attachment.Dispose();
        _object.Dispose();
    }
}
