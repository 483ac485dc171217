using System.Globalization;
using Natflow.Bpf;
using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Flows.Users;
using Natflow.Offload.Model;
using Natflow.Offload.Xdp;
using Natflow.Testing.Namespaces;

namespace Natflow.Offload.Tests.Xdp;

/// <summary>A gateway namespace with the soft PPE on <c>lan</c> (port 0, zone 1) and <c>wan</c> (port 1, zone 0), peers <c>lan0</c> and <c>wan0</c> in two others.</summary>
internal sealed class PpeRig : IDisposable
{
    public const int XdpDrop = 1;
    public const int XdpPass = 2;
    public const int XdpRedirect = 4;
    public const ushort LanZone = 1;
    public const ushort LinkGeneration = 5;
    public const ushort PolicyGeneration = 3;
    public const uint Policy = 7;
    public const ulong GatewayMac = 0x02_00_00_00_01_01;
    public const ulong NextMac = 0x02_00_00_00_01_02;

    private readonly byte[] _result = new byte[4096];
    private readonly int[] _interfaces;

    public PpeRig(XdpPpeSettings? settings = null, XdpDriverMode mode = XdpDriverMode.Auto, bool checksPartial = false)
    {
        Gateway.AddVeth(Lan, "lan", "lan0");
        Gateway.AddVeth(Wan, "wan", "wan0");
        Ppe = XdpPpe.Open(settings ?? Settings, TimeProvider.System);
        Gateway.Invoke(() =>
        {
            if (Ppe.Hook == PpeHook.Tc)
            {
                Ppe.Ports.AddTc("lan", 0, LanZone);
                Ppe.Ports.AddTc("wan", 1, 0);
                return;
            }

            _ = Ppe.Ports.AddXdp("lan", 0, LanZone, mode, checksPartial);
            _ = Ppe.Ports.AddXdp("wan", 1, 0, mode, checksPartial);
        });
        _interfaces = [.. new[] { "lan", "wan" }.Select(name => int.Parse(Gateway.Run($"cat /sys/class/net/{name}/ifindex"), CultureInfo.InvariantCulture))];
        ref PolicyRecord policy = ref Ppe.Policies[Policy];
        policy = new PolicyRecord { Verdict = Verdict.Forward, Generation = PolicyGeneration };
        Link(1, Ethernet(NextMac, GatewayMac));
    }

    public static XdpPpeSettings Settings => new() { EntriesIpv4Max = 4096, EntriesIpv6Max = 1024, PoliciesMax = 16, PassesMisses = true };

    public TestNamespace Lan { get; } = new("lan");

    public TestNamespace Wan { get; } = new("wan");

    public TestNamespace Gateway { get; } = new("gw");

    public XdpPpe Ppe { get; }

    /// <summary>A link header: MACs, then tags and the rest as given.</summary>
    public static byte[] Ethernet(ulong destination, ulong source, params byte[] rest)
    {
        byte[] header = new byte[12 + (rest.Length == 0 ? 2 : rest.Length)];
        for (int i = 0; i < 6; i++)
        {
            header[i] = (byte)(destination >> (40 - (8 * i)));
            header[6 + i] = (byte)(source >> (40 - (8 * i)));
        }

        rest.CopyTo(header, 12);
        return header;
    }

    public void Link(ushort index, byte[] header, ushort mtuBytes = 1500, bool isPppoe = false, ushort generation = LinkGeneration, byte port = 1)
    {
        var path = new PathRecord
        {
            Generation = generation,
            MtuBytes = mtuBytes,
            State = PathState.Ready,
            PortIndex = port,
            HeaderBytes = (byte)header.Length,
            IsPppoe = isPppoe,
        };
        header.CopyTo(path.Header[^header.Length..]);
        Ppe.SetLink(index, in path);
    }

    public FoeHandle Bind(FoeEntry entry)
    {
        var handle = new FoeHandle[1];
        var result = new PpeResult[1];
        Ppe.Bind([entry], handle, result);
        Assert.Equal(PpeResult.Bound, result[0]);
        return handle[0];
    }

    /// <summary>One frame in; the verdict and the frame that the program left.</summary>
    public (int Verdict, byte[] Frame) Run(byte[] frame, bool fromLan = true) => Gateway.Invoke(() =>
    {
        int verdict = BpfTestRun.Run(Ppe.Ports.XdpFd, frame, _interfaces[fromLan ? 0 : 1], _result, out int length);
        return (verdict, _result[..length]);
    });

    public FoeCounters Counters(FoeHandle handle, out bool isBound)
    {
        var counters = new FoeCounters[1];
        bool[] bound = new bool[1];
        Ppe.ReadCounters([handle], counters, bound, nowMs: 1_000_000);
        isBound = bound[0];
        return counters[0];
    }

    public void Dispose()
    {
        Ppe.Dispose();
        Lan.Dispose();
        Wan.Dispose();
        Gateway.Dispose();
    }
}
