using Natflow.Bpf;

namespace Natflow.Ports.AfXdp.Lab;

/// <summary>Counts and ends the UDP frames that arrive at an interface, before the kernel makes anything of them: for measurements in a lab.</summary>
public sealed class FrameSink : IDisposable
{
    private readonly BpfObject _object;
    private readonly XdpAttachment _attachment;
    private readonly BpfMap _sunk;
    private readonly ulong[] _perCpu;

    /// <summary>Attaches the sink.</summary>
    /// <param name="interfaceName">The interface, in the calling thread's network namespace.</param>
    /// <exception cref="BpfException">libbpf or a capability is missing, or the interface has a program.</exception>
    public FrameSink(string interfaceName)
    {
        _object = BpfObject.LoadResource(typeof(FrameSink), "lab_traffic.bpf.o");
        _perCpu = new ulong[BpfObject.PossibleCpuCount];
        _sunk = _object.Map("sunk_frames");
        _attachment = XdpAttachment.Attach(_object.ProgramFd("lab_sink"), interfaceName, XdpDriverMode.Native);
    }

    /// <summary>Frames so far.</summary>
    public ulong ReadCount()
    {
        _ = _sunk.TryRead(0u, _perCpu.AsSpan());
        ulong total = 0;
        foreach (ulong count in _perCpu)
            total += count;
        return total;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _attachment.Dispose();
        _object.Dispose();
    }
}
