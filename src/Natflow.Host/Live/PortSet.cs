using Natflow.Bpf;
using Natflow.Core;
using Natflow.Gateway.Live;
using Natflow.Gateway.Ppe;
using Natflow.Host.Settings;
using Natflow.Memory;
using Natflow.Netlink;
using Natflow.Netlink.Model;
using Natflow.Offload.Xdp;
using Natflow.Ports.AfPacket;
using Natflow.Ports.AfXdp;
using RingSettings = Natflow.Ports.AfPacket.AfPacketSettings;
using XdpPortSettings = Natflow.Ports.AfXdp.AfXdpSettings;

namespace Natflow.Host.Live;

/// <summary>The ports of a live gateway, and the programs in the kernel that keep it from what the gateway takes.</summary>
/// <remarks>Closing it, or the end of the process, gives every interface back to the kernel.</remarks>
internal sealed class PortSet : IDisposable
{
    private readonly NatflowSettings _settings;
    private readonly AfXdpUmem _umem;
    private readonly IReadOnlyList<ChunkPool> _pools;
    private readonly List<OpenPort> _ports = [];
    private readonly List<string> _notes = [];
    private readonly List<ThreadedNapi> _receivers = [];
    private readonly XdpPpe? _ppe;
    private XdpProgram? _program;
    private HostFilter? _filter;
    private XskSocketMap? _sockets;
    private bool _isPpeTaken;
    private IngressGuard? _guard;

    private PortSet(NatflowSettings settings, XdpPpe? ppe, Umem umem, IReadOnlyList<ChunkPool> pools)
    {
        _settings = settings;
        _ppe = ppe;
        _umem = new AfXdpUmem(umem);
        _pools = pools;
    }

    /// <summary>By port index: subscribers' first.</summary>
    internal IReadOnlyList<OpenPort> Ports => _ports;

    /// <summary>What the operator should know: fallbacks, and what keeps the kernel off.</summary>
    internal IReadOnlyList<string> Notes => _notes;

    /// <summary>What the kernel keeps, in each program that asks.</summary>
    internal IReadOnlyList<HostFilter> Filters => [.. new[] { _filter, _guard?.Filter }.OfType<HostFilter>()];

    /// <summary>Opens all ports, or none.</summary>
    /// <param name="settings">The operator's settings.</param>
    /// <param name="ppe">The soft PPE that is to run in front of <c>af_xdp</c> ports; the set's until <see cref="TakePpe"/>. Null for none.</param>
    /// <param name="network">The network now.</param>
    /// <param name="umem">Frame memory.</param>
    /// <param name="pools">A pool a worker.</param>
    /// <exception cref="GatewayException">An interface is missing, or taken.</exception>
    /// <exception cref="BpfException">The kernel refuses.</exception>
    /// <exception cref="NativeException">The kernel refuses.</exception>
    internal static PortSet Open(NatflowSettings settings, XdpPpe? ppe, NetworkModel network, Umem umem, IReadOnlyList<ChunkPool> pools)
    {
        var set = new PortSet(settings, ppe, umem, pools);
        try
        {
            foreach (LanPortSettings lan in settings.Ports.Lan)
                set.Add(network, lan.Interface, lan.Mode, Side.Lan, lan.Zone, mssClampBytes: 0);
            foreach (WanPortSettings wan in settings.Ports.Wan)
                set.Add(network, wan.Interface, wan.Mode, Side.Wan, zone: 0, MssClampBytes(wan, network));
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <summary>The soft PPE, which is the caller's from now on. The ports have to be closed before it.</summary>
    internal XdpPpe? TakePpe()
    {
        _isPpeTaken = true;
        return _ppe;
    }

    /// <summary>Keeps what the gateway took from the kernel for a while beyond the end of the process. Before disposal.</summary>
    /// <param name="window">How long, unless <see cref="EndHold"/> of another process ends it.</param>
    /// <param name="clock">The system's.</param>
    /// <param name="feed">Tells the filter what is the kernel's all the same.</param>
    /// <returns>Null, or why not.</returns>
    internal string? TryHoldOff(TimeSpan window, TimeProvider clock, Action<HostFilter> feed)
    {
        try
        {
            // The clock's timestamps are CLOCK_MONOTONIC, as the program's.
            double nowSeconds = clock.GetTimestamp() / (double)clock.TimestampFrequency;
            using IngressGuard hold = IngressGuard.Load(holdUntilNanoseconds: (ulong)((nowSeconds + window.TotalSeconds) * NanosecondsPerSecond));
            feed(hold.Filter);
            string[] refused = [.. _ports.Select(static port => port.Live.InterfaceName).Where(name => !hold.TryLeave(name))];
            return refused.Length == 0 ? null : $"{string.Join(", ", refused)}: no program at traffic control (CONFIG_NET_CLS_BPF, CONFIG_NET_SCH_INGRESS)";
        }
        catch (Exception error) when (error is BpfException or NativeException)
        {
            return error.Message;
        }
    }

    private const double NanosecondsPerSecond = 1e9;

    /// <summary>Ends what an earlier process held off: the ports are there to take it. A hook that was made for that goes with it, unless others use it.</summary>
    internal void EndHold()
    {
        foreach (OpenPort port in _ports)
        {
            bool isOwnHook = IngressGuard.TakeAway(port.Live.InterfaceName) == TrafficDetach.DetachedFromOwnHook;
            if (isOwnHook && TrafficFilters.IsFree(port.Live.InterfaceIndex))
                _ = TrafficControl.RemoveHook(port.Live.InterfaceIndex);
        }
    }

    public void Dispose()
    {
        foreach (ThreadedNapi receiver in _receivers)
            receiver.Dispose();
        foreach (OpenPort port in _ports)
            port.Dispose();
        _program?.Dispose();
        _guard?.Dispose();
        if (!_isPpeTaken)
            _ppe?.Dispose();
    }

    private const int Ipv4AndTcpBytes = 40;

    private static ushort MssClampBytes(WanPortSettings wan, NetworkModel network) => wan.MssClamp.Mode switch
    {
        MssClampMode.Fixed => (ushort)wan.MssClamp.Bytes,
        MssClampMode.PathMtu when network.Links.TryFind(wan.Interface, out Link? link) => (ushort)Math.Clamp(link.MtuBytes - Ipv4AndTcpBytes, 0, ushort.MaxValue),
        _ => 0,
    };

    private void Add(NetworkModel network, string name, PortMode mode, Side side, ushort zone, ushort mssClampBytes)
    {
        if (mode == PortMode.Tap)
            throw new GatewayException($"{name}: mode tap is a point-to-point port for tests, not one of a gateway beside the kernel: use auto, af_xdp or af_packet");
        if (!network.Links.TryFind(name, out Link? link))
            throw new GatewayException($"{name}: no such interface; there are {string.Join(", ", network.Links.All.Select(static other => other.Name))}");

        var live = new LivePort((byte)_ports.Count, name, link.Index, side, zone, mssClampBytes);
        var claim = InterfaceClaim.Take(name);
        try
        {
            _ports.Add(mode switch
            {
                PortMode.AfXdp => OpenXdp(live, claim),
                PortMode.AfPacket => OpenPacket(live, claim),
                _ when IsPpeAtTc => OpenPacket(live, claim),
                _ => OpenAny(live, claim),
            });
        }
        catch
        {
            claim.Dispose();
            throw;
        }

        if (_settings.Ports.ThreadedNapi)
            ReceiveByThreads(link);
    }

    private void ReceiveByThreads(Link link)
    {
        if (ThreadedNapi.TryTurnOn(link, out string note) is { } receiver)
            _receivers.Add(receiver);
        _notes.Add(note);
    }

    private OpenPort OpenAny(LivePort live, InterfaceClaim claim)
    {
        try
        {
            return OpenXdp(live, claim);
        }
        catch (BpfException refused) when (!RefusesFallback)
        {
            _notes.Add($"{live.InterfaceName}: af_packet instead of af_xdp: {refused.Message}");
            if (_ppe is not null)
                _notes.Add($"{live.InterfaceName}: no soft PPE in front of af_packet: its flows stay with the gateway");
            return OpenPacket(live, claim);
        }
    }

    private bool IsPpeAtTc => _ppe?.Hook == PpeHook.Tc;

    private bool RefusesFallback =>
        _settings.Ports.AfXdp.Native == Requirement.Require || _settings.Ports.AfXdp.ZeroCopy == Requirement.Require;

    private OpenPort OpenXdp(LivePort live, InterfaceClaim claim)
    {
        Settings.AfXdpSettings xdp = _settings.Ports.AfXdp;
        XdpAttachment attachment = Attach(live, xdp.Native switch
        {
            Requirement.Require => XdpDriverMode.Native,
            Requirement.Off => XdpDriverMode.Generic,
            _ => XdpDriverMode.Auto,
        });
        try
        {
            AfXdpPort port = AfXdpPort.Open(attachment, _sockets!, _umem, _pools, new XdpPortSettings
            {
                PortIndex = live.PortIndex,
                RingSize = xdp.RingSize,
                ZeroCopy = xdp.ZeroCopy switch
                {
                    Requirement.Require => ZeroCopyMode.Required,
                    Requirement.Off => ZeroCopyMode.Forbidden,
                    _ => ZeroCopyMode.Auto,
                },
                UsesNeedWakeup = xdp.NeedWakeup,
                BusyPollMicroseconds = xdp.BusyPoll ? BusyPollMicroseconds : 0,
            });
            foreach (AfXdpQueueMode mode in port.Modes)
                _notes.Add($"{live.InterfaceName}: {mode}");
            return _ppe is null ? new OpenPort(live, port, attachment, claim) : new OpenPort(live, port, claim);
        }
        catch
        {
            if (_ppe is { } ppe)
                ppe.Ports.Remove(live.PortIndex);
            else
                attachment.Dispose();
            throw;
        }
    }

    // With a soft PPE it is the PPE's, which ends after the ports.
    private XdpAttachment Attach(LivePort live, XdpDriverMode mode)
    {
        if (_ppe is null)
        {
            _program ??= XdpProgram.Load();
            _filter ??= _program.Filter;
            _sockets ??= _program.Sockets;
            return _program.Attach(live.InterfaceName, mode);
        }

        _filter ??= new HostFilter(_ppe.Program);
        _sockets ??= new XskSocketMap(_ppe.Program);
        return _ppe.Ports.AddXdp(live.InterfaceName, live.PortIndex, ZoneOf(live), mode, PartialChecksums.MayArriveOn(live.InterfaceName)).Attachment;
    }

    private static ushort ZoneOf(LivePort live) => live.Side == Side.Wan ? (ushort)0 : OffloadPlan.ZoneOf(live.Zone);

    private const int BusyPollMicroseconds = 20;

    private OpenPort OpenPacket(LivePort live, InterfaceClaim claim)
    {
        Settings.AfPacketSettings ring = _settings.Ports.AfPacket;
        var port = new AfPacketPort(
            new RingSettings
            {
                InterfaceName = live.InterfaceName,
                BlockBytes = ring.BlockBytes,
                BlockCount = ring.Blocks,
                BlockTimeoutMs = (int)ring.BlockTimeout.TotalMilliseconds,
                FilterFd = IsPpeAtTc ? _ppe!.Ports.TapFd : null,
            },
            live.PortIndex,
            _umem.Memory,
            _pools);
        try
        {
            Guard(live);
            _notes.Add($"{live.InterfaceName}: af_packet; an ingress program keeps the kernel from forwarding what the gateway takes, until the gateway stops");
            return new OpenPort(live, port, claim);
        }
        catch
        {
            port.Dispose();
            throw;
        }
    }

    // The soft PPE's program at ingress ends with the guard's own steps.
    private void Guard(LivePort live)
    {
        if (IsPpeAtTc)
        {
            _filter ??= new HostFilter(_ppe!.Program);
            _ppe!.Ports.AddTc(live.InterfaceName, live.PortIndex, ZoneOf(live));
            return;
        }

        _guard ??= IngressGuard.Load();
        _guard.Attach(live.InterfaceName);
    }
}
