using Natflow.Bpf;

namespace Natflow.Ports.AfXdp.Lab;

/// <summary>Sends each frame of one interface out of another, unchanged, inside the kernel, at XDP or at tc's ingress: the limit of the links, for measurements in a lab.</summary>
public sealed class FrameBridge : IDisposable
{
    private readonly BpfObject _object;
    private readonly List<IDisposable> _attachments = [];

    /// <summary>Joins two interfaces of the calling thread's network namespace; the peer of each polls, by an XDP program or GRO.</summary>
    /// <param name="first">One.</param>
    /// <param name="second">The other.</param>
    /// <param name="isTc">At tc's ingress.</param>
    /// <exception cref="BpfException">libbpf or a capability is missing, or an interface has a program.</exception>
    public FrameBridge(string first, string second, bool isTc)
    {
        _object = BpfObject.LoadResource(typeof(FrameBridge), "lab_traffic.bpf.o");
        try
        {
            BpfMap ports = _object.Map("bridge_ports");
            foreach (string name in new[] { first, second })
            {
                int interfaceIndex = LinkControl.IndexOf(name);
                ports.Write((uint)_attachments.Count, (uint)interfaceIndex);
                _attachments.Add(isTc
                    ? TcxAttachment.Attach(_object.ProgramFd("lab_bridge_tc"), name)
                    : XdpAttachment.Attach(_object.ProgramFd("lab_bridge"), name, XdpDriverMode.Native));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (IDisposable attachment in _attachments)
            attachment.Dispose();
        _object.Dispose();
    }
}
