using Natflow.Core;
using Natflow.Gateway.Live;
using Natflow.Management.Control;
using Natflow.Ports;
using Natflow.Ports.AfPacket;
using Natflow.Ports.AfXdp;

namespace Natflow.Host.Live;

/// <summary>A port of a live gateway with what belongs to it.</summary>
internal sealed class OpenPort : IDisposable
{
    private readonly IDisposable[] _parts;

    /// <summary>Takes ownership of the port and its parts.</summary>
    /// <param name="live">Who it is.</param>
    /// <param name="port">The port.</param>
    /// <param name="parts">What is disposed after it, in order: attachment, claim.</param>
    internal OpenPort(LivePort live, IPacketPort port, params IDisposable[] parts)
    {
        Live = live;
        Port = port;
        _parts = parts;
    }

    internal LivePort Live { get; }

    internal IPacketPort Port { get; }

    /// <summary>The real mode of each queue.</summary>
    internal IReadOnlyList<string> QueueModes => Port switch
    {
        AfXdpPort xdp => [.. xdp.Modes.Select(static mode => mode.ToString())],
        AfPacketPort packet => [.. Enumerable.Range(0, packet.QueueCount).Select(static queue => $"queue {queue}: TPACKET_V3 ring, fanout")],
        _ => [],
    };

    internal PortStatus Status() => new(
        Live.PortIndex,
        Live.InterfaceName,
        Live.Side == Side.Lan ? "lan" : "wan",
        Live.Zone,
        Port is AfXdpPort ? "af_xdp" : "af_packet",
        QueueModes,
        Counters(),
        ReceiveLost());

    public void Dispose()
    {
        Port.Dispose();
        foreach (IDisposable part in _parts)
            part.Dispose();
    }

    private SortedDictionary<string, long> Counters()
    {
        var counters = new SortedDictionary<string, long>(StringComparer.Ordinal);
        for (int queue = 0; queue < Port.QueueCount; queue++)
        {
            if (Port is AfXdpPort xdp)
                Add(counters, xdp.XdpQueue(queue));
            else if (Port is AfPacketPort packet)
                Add(counters, packet.Queue(queue));
        }

        return counters;
    }

    private ulong ReceiveLost()
    {
        ulong lost = 0;
        for (int queue = 0; queue < Port.QueueCount; queue++)
        {
            lost += Port switch
            {
                AfXdpPort xdp => xdp.XdpQueue(queue).ReadStatistics().LostCount,
                AfPacketPort packet => packet.Queue(queue).ReadStatistics().LostCount,
                _ => 0,
            };
        }

        return lost;
    }

    private static void Add(SortedDictionary<string, long> counters, AfXdpQueue queue)
    {
        AfXdpStatistics statistics = queue.ReadStatistics();
        Add(counters, "received", queue.ReceivedCount);
        Add(counters, "transmitted", queue.TransmittedCount);
        Add(counters, "pool-empty", queue.PoolEmptyCount);
        Add(counters, "checksums-completed", queue.CompletedChecksumCount);
        Add(counters, "kernel-rx-dropped", statistics.ReceiveDropped);
        Add(counters, "kernel-rx-ring-full", statistics.ReceiveRingFull);
        Add(counters, "kernel-fill-ring-empty", statistics.FillRingEmpty);
    }

    private static void Add(SortedDictionary<string, long> counters, AfPacketQueue queue)
    {
        AfPacketStatistics statistics = queue.ReadStatistics();
        Add(counters, "received", statistics.SeenCount);
        Add(counters, "transmitted", queue.SentCount);
        Add(counters, "kernel-rx-lost", statistics.LostCount);
        Add(counters, "dropped", queue.Drops.Total());
    }

    private static void Add(SortedDictionary<string, long> counters, string name, ulong value) =>
        counters[name] = counters.GetValueOrDefault(name) + (long)value;
}
