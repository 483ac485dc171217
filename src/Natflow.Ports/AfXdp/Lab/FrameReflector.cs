using Natflow.Bpf;

namespace Natflow.Ports.AfXdp.Lab;

/// <summary>Sends the UDP frames that arrive at an interface back to where they came from, inside the kernel: for measurements in a lab.</summary>
public sealed class FrameReflector : IDisposable
{
    private readonly BpfObject _object;
    private readonly XdpAttachment _attachment;

    /// <summary>Attaches the reflector.</summary>
    /// <param name="interfaceName">The interface, in the calling thread's network namespace; its peer polls, by an XDP program or GRO.</param>
    /// <exception cref="BpfException">libbpf or a capability is missing, or the interface has a program.</exception>
    public FrameReflector(string interfaceName)
    {
        _object = BpfObject.LoadResource(typeof(FrameReflector), "lab_traffic.bpf.o");
        _attachment = XdpAttachment.Attach(_object.ProgramFd("lab_reflect"), interfaceName, XdpDriverMode.Native);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _attachment.Dispose();
        _object.Dispose();
    }
}
