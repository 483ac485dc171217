using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Flows.Users;
using Natflow.Netlink;
using Natflow.Offload.Model;
using Natflow.Offload.Xdp;
using Natflow.Ports.AfXdp.Lab;

namespace Natflow.Host.Lab.Bench;

/// <summary>The soft PPE between generator and sink, with every flow of the generator bound.</summary>
internal sealed class OffloadForwarder : IDisposable
{
    private const int HostsMin = 10;
    private const int PublicPorts = 60_000;
    private const uint Public = 0xC6336401; // 198.51.100.1
    private const ushort LinkIndex = 1;
    private const ushort Generation = 1;
    private const int EthernetBytes = 14;
    private const int BindAtOnce = 4096;
    private const ushort LanZone = 1;

    private readonly XdpPpe _ppe;
    private readonly FoeHandle[] _handles;

    internal OffloadForwarder(LabNames names, int flowCount, bool isMetered)
    {
        TrafficSettings traffic = Traffic(flowCount);
        var settings = new XdpPpeSettings { EntriesIpv4Max = Math.Max(2 * flowCount, 1000), EntriesIpv6Max = 1000, PoliciesMax = traffic.HostCount, PassesMisses = true };
        _ppe = XdpPpe.Open(settings, TimeProvider.System);
        _handles = new FoeHandle[flowCount];
        try
        {
            NetworkNamespace.Run(names.Gateway, () =>
            {
                _ = _ppe.Ports.AddXdp(LabPlan.LanInterface, 0, LanZone);
                _ = _ppe.Ports.AddXdp(LabPlan.WanInterface, 1, 0);
            });
            SetPolicies(traffic.HostCount, isMetered);
            _ppe.SetLink(LinkIndex, Way());
            BindAll(traffic);
        }
        catch
        {
            _ppe.Dispose();
            throw;
        }
    }

    /// <summary>What the generator sends.</summary>
    internal static TrafficSettings Traffic(int flowCount) => FrameStream.Traffic(flowCount, HostsMin);

    /// <summary>What the entries counted.</summary>
    /// <exception cref="LabException">It is not what the program forwarded.</exception>
    internal ulong CountPackets()
    {
        var counters = new FoeCounters[_handles.Length];
        _ppe.ReadCounters(_handles, counters, new bool[_handles.Length], nowMs: 0);
        ulong sum = 0;
        foreach (FoeCounters counted in counters)
            sum += counted.Packets;
        ulong forwarded = _ppe.Read(PpeCounter.Forwarded);
        return sum == forwarded && forwarded != 0
            ? sum
            : throw new LabException($"the entries counted {sum} packets, the program forwarded {forwarded}, {_ppe.Read(PpeCounter.Miss)} missed");
    }

    /// <inheritdoc />
    public void Dispose() => _ppe.Dispose();

    private void SetPolicies(int count, bool isMetered)
    {
        for (uint i = 0; i < count; i++)
        {
            _ppe.Policies[i] = new PolicyRecord
            {
                Verdict = Verdict.Forward,
                Generation = Generation,
                Flags = isMetered ? PolicyFlags.MeterUp | PolicyFlags.MeterDown : PolicyFlags.None,
                UpNanosecondsPerByteQ20 = 1, // A rate that nothing here reaches: what is measured is the meter's cost.
                DownNanosecondsPerByteQ20 = 1,
                UpBurstMicroseconds = 1_000_000,
                DownBurstMicroseconds = 1_000_000,
            };
        }
    }

    private static PathRecord Way()
    {
        var way = new PathRecord { Generation = Generation, MtuBytes = 1500, State = PathState.Ready, PortIndex = 1, HeaderBytes = EthernetBytes };
        ReadOnlySpan<byte> macs = [2, 0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 3];
        macs.CopyTo(way.Header[^EthernetBytes..]);
        return way;
    }

    private void BindAll(TrafficSettings traffic)
    {
        var entries = new FoeEntry[BindAtOnce];
        var results = new PpeResult[BindAtOnce];
        for (int start = 0; start < _handles.Length; start += BindAtOnce)
        {
            int count = Math.Min(BindAtOnce, _handles.Length - start);
            for (int i = 0; i < count; i++)
                entries[i] = Flow(start + i, traffic);
            _ppe.Bind(entries.AsSpan(0, count), _handles.AsSpan(start), results);
            if (results.AsSpan(0, count).ContainsAnyExcept(PpeResult.Bound))
                throw new LabException($"flow {start} and the {count} behind it: not all could be bound");
        }
    }

    // As the generator numbers them.
    private static FoeEntry Flow(int number, TrafficSettings traffic)
    {
        uint host = (uint)(number % traffic.HostCount);
        ushort srcPort = (ushort)(FrameGenerator.SrcPortFirst + (number / traffic.HostCount));
        ushort dstPort = (ushort)(traffic.DstPort + (number % traffic.DstPortCount));
        ushort newPort = (ushort)(FrameGenerator.SrcPortFirst + (number / traffic.DstPortCount % PublicPorts));
        return new FoeEntry
        {
            SrcAddr = Mapped(traffic.SrcAddrFirst + host),
            DstAddr = Mapped(traffic.DstAddr),
            NewSrcAddr = Mapped(Public),
            NewDstAddr = Mapped(traffic.DstAddr),
            SrcPortBe = BinaryPrimitives.ReverseEndianness(srcPort),
            DstPortBe = BinaryPrimitives.ReverseEndianness(dstPort),
            NewSrcPortBe = BinaryPrimitives.ReverseEndianness(newPort),
            NewDstPortBe = BinaryPrimitives.ReverseEndianness(dstPort),
            Zone = LanZone,
            Protocol = 17,
            LinkIndex = LinkIndex,
            LinkGeneration = Generation,
            PolicyIndex = host,
            PolicyGeneration = Generation,
        };
    }

    private static Ipv6Address Mapped(uint address)
    {
        Span<byte> bytes = stackalloc byte[Ipv6Address.SizeBytes];
        bytes.Clear();
        bytes[10] = bytes[11] = byte.MaxValue;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[12..], address);
        return Ipv6Address.Read(bytes);
    }
}
