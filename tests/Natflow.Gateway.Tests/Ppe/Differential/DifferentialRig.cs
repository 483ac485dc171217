using Natflow.Bpf;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Users;
using Natflow.Gateway.Ppe;
using Natflow.Offload.MediaTek;
using Natflow.Offload.Xdp;
using Natflow.Packets;
using Natflow.Ports.InMemory;
using Natflow.Testing.Namespaces;

namespace Natflow.Gateway.Tests.Ppe.Differential;

/// <summary>One gateway and three forwarders: its flow shards, the XDP program run by the kernel, MediaTek's engine in software.</summary>
internal sealed class DifferentialRig : IDisposable
{
    internal const uint Public = 0xCB007101; // 203.0.113.1
    internal const uint PublicOfOne = 0xCB007102;
    internal const uint HostOfOne = 0x0A0001F0; // 10.0.1.240
    internal const uint FirstHost = 0x0A00000A; // 10.0.0.10
    internal const uint FirstServer = 0xC633640A; // 198.51.100.10
    internal const uint FirstForwarded = 0x0A000150; // 10.0.1.80
    internal const ushort FirstForwardedPort = 8000;
    internal const int ForwardCount = 12;
    private const int UserCapacity = 1024;

    private readonly TestNamespace _gateway = new("gw");
    private readonly TestNamespace _peer = new("peer");
    private readonly PlaneRig _plane;
    private readonly byte[] _left = new byte[4096];
    private readonly int[] _interfaces = new int[2];

    internal DifferentialRig(int shards, Ipv6Settings ipv6)
    {
        _gateway.AddVeth(_peer, "lan", "lan0");
        _gateway.AddVeth(_peer, "wan", "wan0");
        var xdp = XdpPpe.Open(
            new XdpPpeSettings { EntriesIpv4Max = 4096, EntriesIpv6Max = 4096, PoliciesMax = PolicyTable.UserBase + (UserCapacity * shards), PassesMisses = true }, TimeProvider.System);
        _gateway.Invoke(() =>
        {
            _interfaces[(int)Side.Lan] = xdp.Ports.AddXdp("lan", 0, OffloadPlan.ZoneOf(0)).Attachment.InterfaceIndex;
            _interfaces[(int)Side.Wan] = xdp.Ports.AddXdp("wan", 1, 0).Attachment.InterfaceIndex;
        });
        var mediaTek = new MediaTekPpe(new MediaTekSettings(
            MediaTekSoc.Mt7988,
            [new MediaTekPort(0, KindPaths.LanInterface, FabricPort.Gdm1), new MediaTekPort(1, KindPaths.WanInterface, FabricPort.Gdm2)]));
        Ppe = new TwinPpe(xdp, mediaTek);
        _plane = new PlaneRig(
            shards: shards,
            change: settings => settings with
            {
                PublicAddresses = [Public, PublicOfOne],
                StaticAddresses = [new StaticAddress(PublicOfOne, HostOfOne)],
                PortForwards = [.. Forwards()],
                IcmpErrorsPerSecondMax = 1_000_000,
                IcmpErrorsPerUserPerSecondMax = 1_000_000,
                Ipv6 = ipv6,
            },
            offload: new OffloadPlan(Ppe, xdp.Policies),
            makeResolver: static paths => new KindPaths(paths));
    }

    internal TwinPpe Ppe { get; }

    internal PlaneRig Plane => _plane;

    /// <summary>Sends frames of a flow until a PPE has it.</summary>
    /// <returns>Its directions, the translated ends as they were seen.</returns>
    internal DifferentialFlow Open(string name, Direction start, (ushort Start, ushort Answer) wayBytes)
    {
        bool isTcp = start.Protocol == IpProtocol.Tcp;
        byte[] opened = Assert.Single(Managed(start.Ingress, Opening(start, TcpFlags.Syn))).Frame;
        (End source, End destination) = Ends.Of(opened);
        bool isHairpin = start.Ingress == Side.Lan && start.Destination.Address == Ends.V4(Public);
        var answer = new Direction(destination, source, start.Protocol, start.Ingress == Side.Lan && !isHairpin ? Side.Wan : Side.Lan);
        Assert.Single(Managed(answer.Ingress, Opening(answer, TcpFlags.Syn | TcpFlags.Ack)));
        if (isTcp)
            Assert.Single(Managed(start.Ingress, Opening(start, TcpFlags.Ack)));
        return new DifferentialFlow(name, start, answer, wayBytes);
    }

    /// <summary>A frame through the flow shards.</summary>
    /// <returns>What left, and where.</returns>
    internal List<(Side Side, byte[] Frame)> Managed(Side ingress, byte[] frame)
    {
        (ingress == Side.Lan ? _plane.Lan : _plane.Wan)[0].Feed(frame);
        _plane.Settle();
        var left = new List<(Side, byte[])>();
        foreach ((MemoryPort port, Side side) in new[] { (_plane.Lan[0], Side.Lan), (_plane.Wan[0], Side.Wan) })
        {
            while (port.TryTakeSent(out byte[] sent))
                left.Add((side, sent));
        }

        return left;
    }

    /// <summary>Frames through the XDP program.</summary>
    internal List<(int Verdict, byte[] Frame)> Program(IReadOnlyList<(Side Ingress, byte[] Frame)> frames) => _gateway.Invoke(() =>
    {
        var results = new List<(int, byte[])>(frames.Count);
        foreach ((Side ingress, byte[] frame) in frames)
        {
            int verdict = BpfTestRun.Run(Ppe.Xdp.Ports.XdpFd, frame, _interfaces[(int)ingress], _left, out int length);
            results.Add((verdict, _left[..length]));
        }

        return results;
    });

    /// <summary>A frame through MediaTek's engine.</summary>
    internal EngineResult Engine(Side ingress, byte[] frame, out byte[] output)
    {
        output = new byte[Math.Max(frame.Length + EngineResult.GrowthBytesMax, EngineResult.FrameBytesMin)];
        int instance = Ppe.MediaTek.InstanceOf(ingress == Side.Lan ? KindPaths.LanInterface : KindPaths.WanInterface);
        EngineResult result = Ppe.MediaTek.Engine(instance).Process(frame, ingress == Side.Lan ? FabricPort.Gdm1 : FabricPort.Gdm2, output);
        output = output[..result.LengthBytes];
        return result;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _plane.Dispose();
        _gateway.Dispose();
        _peer.Dispose();
    }

    private static IEnumerable<PortForward> Forwards()
    {
        for (int i = 0; i < ForwardCount; i++)
        {
            foreach (byte protocol in (byte[])[IpProtocol.Tcp, IpProtocol.Udp])
                yield return new PortForward(protocol, Public, (ushort)(FirstForwardedPort + i), FirstForwarded + (uint)i, 80);
        }
    }

    private static byte[] Opening(in Direction direction, byte flags)
    {
        Packets.Build.PacketBuilder ip = KindPaths.Under(0, 0x02_00_00_00_01_00, 0x02_00_00_00_00_05).Ip(direction, 64);
        return direction.Protocol == IpProtocol.Tcp
            ? ip.Tcp(direction.Source.Port, direction.Destination.Port, flags).ToArray()
            : ip.Udp(direction.Source.Port, direction.Destination.Port).ToArray();
    }
}
