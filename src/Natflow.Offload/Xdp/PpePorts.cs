using Natflow.Bpf;
using Natflow.Memory;

namespace Natflow.Offload.Xdp;

/// <summary>The interfaces that the soft PPE runs in front of, and may send to. One thread.</summary>
public sealed class PpePorts : IDisposable
{
    private readonly BpfObject _program;
    private readonly BpfMap _ports;
    private readonly BpfMap _devices;
    private readonly BpfMap _interfaces;
    private readonly string? _pinFolder;
    private readonly Dictionary<byte, Added> _added = [];
    private bool _isRestored;

    internal PpePorts(BpfObject program, string? pinFolder)
    {
        _program = program;
        _ports = program.Map("ppe_ports");
        _devices = program.Map("ppe_devices");
        _interfaces = program.Map("ppe_interfaces");
        _pinFolder = pinFolder;
    }

    /// <summary>Descriptor of the XDP program.</summary>
    public int XdpFd => _program.ProgramFd("natflow_ppe");

    /// <summary>
    /// Descriptor of the socket filter that goes with the program at tc's ingress: on the packet sockets of such a port it keeps what the table does not forward. Without it
    /// nothing is forwarded there.
    /// </summary>
    public int TapFd => _program.ProgramFd("natflow_ppe_tap");

    /// <summary>Puts the XDP program in front of an interface and makes the interface a way out.</summary>
    /// <param name="interfaceName">The interface, in the calling thread's network namespace.</param>
    /// <param name="portIndex">Number of the port in the gateway: what <see cref="Flows.Paths.PathRecord.PortIndex"/> says.</param>
    /// <param name="zone">Zone of what arrives there.</param>
    /// <param name="mode">Where the program is to run.</param>
    /// <param name="checksPartial">
    /// Whether senders behind the port may leave checksums to hardware that is not there (veth, tap, virtio): such packets are then punted to the port that finishes them.
    /// </param>
    /// <exception cref="BpfException">Refused, or too many ports.</exception>
    /// <exception cref="NativeException">There is no such interface.</exception>
    public XdpPpePort AddXdp(string interfaceName, byte portIndex, ushort zone, XdpDriverMode mode = XdpDriverMode.Auto, bool checksPartial = false)
    {
        RefuseTwice(interfaceName, portIndex);
        RestoreDevices();
        (XdpAttachment attachment, bool isAdopted) = AttachXdp(interfaceName, mode);
        Add(attachment, interfaceName, new PpeLayout.Port
        {
            InterfaceIndex = (uint)attachment.InterfaceIndex,
            Zone = zone,
            Flags = checksPartial ? PpeLayout.PortPartial : (byte)0,
            Device = portIndex,
        });
        return new XdpPpePort(attachment, portIndex, isAdopted);
    }

    /// <summary>Puts the tc program at an interface's ingress and makes the interface a way out. The port's sockets need <see cref="TapFd"/>.</summary>
    /// <param name="interfaceName">The interface, in the calling thread's network namespace.</param>
    /// <param name="portIndex">Number of the port in the gateway.</param>
    /// <param name="zone">Zone of what arrives there.</param>
    /// <exception cref="BpfException">Refused, or too many ports.</exception>
    /// <exception cref="NativeException">There is no such interface.</exception>
    public void AddTc(string interfaceName, byte portIndex, ushort zone)
    {
        RefuseTwice(interfaceName, portIndex);
        var attachment = TcxAttachment.Attach(_program.ProgramFd("natflow_ppe_tc"), interfaceName);
        Add(attachment, interfaceName, new PpeLayout.Port { InterfaceIndex = (uint)attachment.InterfaceIndex, Zone = zone, Device = portIndex });
    }

    /// <summary>Takes the program off a port's interface. Entries that lead there are punted.</summary>
    public void Remove(byte portIndex)
    {
        if (!_added.Remove(portIndex, out Added? added))
            return;
        _ports.Write((uint)added.Bucket, default(PpeLayout.Port));
        _ = _devices.Remove((uint)portIndex);
        _interfaces.Write((uint)portIndex, 0u);
        if (_pinFolder is not null)
            PpePins.RemoveAttachment(_pinFolder, added.InterfaceName);
        added.Attachment.Dispose();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (Added added in _added.Values)
            added.Attachment.Dispose();
        _added.Clear();
    }

    private void RefuseTwice(string interfaceName, byte portIndex)
    {
        if (_added.ContainsKey(portIndex))
            throw new BpfException($"{interfaceName}: port {portIndex} has the soft PPE already");
    }

    private void Add(IDisposable attachment, string interfaceName, PpeLayout.Port entry)
    {
        try
        {
            int bucket = FindBucket(entry.InterfaceIndex);
            if (bucket < 0)
                throw new BpfException($"{interfaceName}: interface index {entry.InterfaceIndex} shares its place with {PpeLayout.PortsProbesMax} others");
            _devices.Write((uint)entry.Device, entry.InterfaceIndex);
            _interfaces.Write((uint)entry.Device, entry.InterfaceIndex);
            _ports.Write((uint)bucket, entry);
            _added.Add(entry.Device, new Added(attachment, interfaceName, bucket));
        }
        catch
        {
            attachment.Dispose();
            throw;
        }
    }

    private (XdpAttachment Attachment, bool IsAdopted) AttachXdp(string interfaceName, XdpDriverMode mode)
    {
        if (_pinFolder is null)
            return (XdpAttachment.Attach(XdpFd, interfaceName, mode), false);
        XdpAttachment attachment = XdpAttachment.AttachPinned(XdpFd, interfaceName, mode, PpePins.AttachmentPath(_pinFolder, interfaceName), out bool isAdopted);
        return (attachment, isAdopted);
    }

    // Before the first program is put in place: its entries lead to all ports of the earlier gateway.
    private void RestoreDevices()
    {
        if (_isRestored)
            return;
        _isRestored = true;
        var entry = new PpeLayout.Port[1];
        for (uint bucket = 0; bucket < PpeLayout.PortsBuckets; bucket++)
        {
            if (!_ports.TryRead(bucket, entry.AsSpan()) || entry[0].InterfaceIndex == 0)
                continue;
            try
            {
                _devices.Write((uint)entry[0].Device, entry[0].InterfaceIndex);
            }
            catch (NativeException)
            {
                _ports.Write(bucket, default(PpeLayout.Port)); // The interface is gone.
            }
        }
    }

    // A port that is there already, left by an earlier gateway, keeps its place.
    private int FindBucket(uint interfaceIndex)
    {
        int free = -1;
        var entry = new PpeLayout.Port[1];
        for (uint probe = 0; probe < PpeLayout.PortsProbesMax; probe++)
        {
            uint bucket = (interfaceIndex + probe) % PpeLayout.PortsBuckets;
            _ = _ports.TryRead(bucket, entry.AsSpan());
            if (entry[0].InterfaceIndex == interfaceIndex)
                return (int)bucket;
            if (entry[0].InterfaceIndex == 0 && free < 0)
                free = (int)bucket;
        }

        return free;
    }

    private sealed record Added(IDisposable Attachment, string InterfaceName, int Bucket);
}
