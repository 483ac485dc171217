using System.Runtime.InteropServices;
using Natflow.Bpf;

namespace Natflow.Ports.AfXdp;

/// <summary>The program in front of <c>af_xdp</c> ports: gives frames that are not for the box itself to the sockets. One load serves all ports.</summary>
public sealed class XdpProgram : IDisposable
{
    internal const string Resource = "natflow_xdp.bpf.o";

    private readonly BpfObject _object;

    private XdpProgram(BpfObject loaded)
    {
        _object = loaded;
        ProgramFd = loaded.ProgramFd("natflow_xdp");
        Filter = new HostFilter(loaded);
        Sockets = new XskSocketMap(loaded);
    }

    /// <summary>The loaded program's descriptor, for <see cref="XdpAttachment.Attach"/>.</summary>
    public int ProgramFd { get; }

    /// <summary>What is left to the kernel.</summary>
    public HostFilter Filter { get; }

    /// <summary>Where the ports put their sockets.</summary>
    public XskSocketMap Sockets { get; }

    /// <summary>Loads the program that is embedded in this assembly.</summary>
    /// <param name="takesPppoe">Whether PPPoE session frames are the gateway's; else the kernel's.</param>
    /// <exception cref="BpfException">libbpf or a capability is missing, or the kernel refuses the program.</exception>
    public static XdpProgram Load(bool takesPppoe = false)
    {
        uint constant = takesPppoe ? 1u : 0;
        ReadOnlySpan<byte> constants = MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in constant));
        return new XdpProgram(BpfObject.LoadResource(typeof(XdpProgram), Resource, constants));
    }

    /// <summary>Attaches the program to an interface.</summary>
    /// <inheritdoc cref="XdpAttachment.Attach" path="/param[@name='interfaceName' or @name='mode'] | /exception"/>
    public XdpAttachment Attach(string interfaceName, XdpDriverMode mode = XdpDriverMode.Auto) =>
        XdpAttachment.Attach(ProgramFd, interfaceName, mode);

    /// <summary>Gives the program up; attachments keep it alive in the kernel until they end.</summary>
    public void Dispose() => _object.Dispose();
}
