using Natflow.Bpf;
using Natflow.Memory;

namespace Natflow.Offload.Xdp;

/// <summary>The interfaces that the program runs in front of, and may send to. One thread.</summary>
internal sealed class PpePorts : IDisposable
{
    private readonly BpfMap _ports;
    private readonly BpfMap _devices;
    private readonly string? _pinFolder;
    private readonly Dictionary<byte, (XdpPpePort Port, int Bucket)> _added = [];
    private bool _isRestored;

    internal PpePorts(BpfObject program, string? pinFolder)
    {
        _ports = program.Map("ppe_ports");
        _devices = program.Map("ppe_devices");
        _pinFolder = pinFolder;
    }

    internal XdpPpePort Add(int programFd, string interfaceName, byte portIndex, ushort zone, XdpDriverMode mode, bool checksPartial)
    {
        if (_added.ContainsKey(portIndex))
            throw new BpfException($"{interfaceName}: port {portIndex} has the soft PPE already");
        RestoreDevices();
        (XdpAttachment attachment, bool isAdopted) = Attach(programFd, interfaceName, mode);
        try
        {
            var entry = new PpeLayout.Port
            {
                InterfaceIndex = (uint)attachment.InterfaceIndex,
                Zone = zone,
                Flags = checksPartial ? PpeLayout.PortPartial : (byte)0,
                Device = portIndex,
            };
            int bucket = FindBucket(entry.InterfaceIndex);
            if (bucket < 0)
                throw new BpfException($"{interfaceName}: interface index {attachment.InterfaceIndex} shares its place with {PpeLayout.PortsProbesMax} others");
            _devices.Write((uint)portIndex, entry.InterfaceIndex);
            _ports.Write((uint)bucket, entry);
            var port = new XdpPpePort(attachment, portIndex, isAdopted);
            _added.Add(portIndex, (port, bucket));
            return port;
        }
        catch
        {
            attachment.Dispose();
            throw;
        }
    }

    internal void Remove(byte portIndex)
    {
        if (!_added.Remove(portIndex, out (XdpPpePort Port, int Bucket) added))
            return;
        _ports.Write((uint)added.Bucket, default(PpeLayout.Port));
        _ = _devices.Remove((uint)portIndex);
        if (_pinFolder is not null)
            PpePins.RemoveAttachment(_pinFolder, added.Port.Attachment.InterfaceName);
        added.Port.Attachment.Dispose();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach ((XdpPpePort port, _) in _added.Values)
            port.Attachment.Dispose();
        _added.Clear();
    }

    private (XdpAttachment Attachment, bool IsAdopted) Attach(int programFd, string interfaceName, XdpDriverMode mode)
    {
        if (_pinFolder is null)
            return (XdpAttachment.Attach(programFd, interfaceName, mode), false);
        XdpAttachment attachment = XdpAttachment.AttachPinned(programFd, interfaceName, mode, PpePins.AttachmentPath(_pinFolder, interfaceName), out bool isAdopted);
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
}
