using System.Buffers.Binary;
using System.Net;
using Natflow.Core;
using Natflow.Host.Lab;
using Natflow.Lab.Topology;
using Natflow.Management.Control;

namespace Natflow.Lab.Forwarding;

/// <summary>Hosts that ask the gateway for a port, by PCP (RFC 6887) and NAT-PMP (RFC 6886) as on the wire: requests are built, and answers read, byte by byte here.</summary>
public sealed class PortControlTests
{
    private const int ServerPort = 5351;
    private const int ClientPort = 5350;
    private const uint FirstEpoch = 7; // Seconds into the first epoch when it ends: the sixth announcement comes then.
    private const int PcpHeaderBytes = 24;
    private const int MapBytes = 60;
    private const byte NotAuthorized = 2;

    // Only an endpoint that was asked for lets strangers in.
    private const string Config = """
        natflow.pcp.enabled = on
        natflow.nat.filtering { udp = address-and-port-dependent, tcp = address-and-port-dependent }
        """;

    private static readonly IPEndPoint Server = new(IPAddress.Parse(LabPlan.GatewayInside), ServerPort);

    [LabTheory]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task PcpMap_HostInside_IsReachableFromOutsideUntilItsLeaseIsDeleted(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode, Config);
        using var client = new UdpEndpoint(lab.A, LabPlan.HostA);
        using var service = new UdpEndpoint(lab.A, LabPlan.HostA);

        byte[] answer = client.Ask(Map(service.Port, lifetimeSeconds: 600, nonce: 7), Server);

        AssertMapAnswer(answer, result: 0, service.Port, nonce: 7);
        Assert.Equal(600u, BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(4)));
        var external = new IPEndPoint(new IPAddress(answer.AsSpan(44, 16)).MapToIPv4(), BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(42)));
        Assert.Contains(external.Address.ToString(), new[] { LabPlan.Public1, LabPlan.Public2 });
        using var x = new UdpEndpoint(lab.X, LabPlan.HostX);
        using var y = new UdpEndpoint(lab.Y, LabPlan.HostY);
        AssertServes(service, x, external);

        // Nobody else ends it, nor with another nonce.
        AssertMapAnswer(client.Ask(Map(service.Port, lifetimeSeconds: 0, nonce: 8), Server), NotAuthorized, service.Port, nonce: 8);
        AssertServes(service, y, external);
        answer = client.Ask(Map(service.Port, lifetimeSeconds: 0, nonce: 7), Server);

        AssertMapAnswer(answer, result: 0, service.Port, nonce: 7);
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(4)));
        await AssertStrangersAreKeptOut(lab, service, external);
    }

    [LabTheory]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task NatPmp_HostInside_IsReachableFromOutsideUntilItsLeaseIsDeleted(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode, Config);
        using var client = new UdpEndpoint(lab.A, LabPlan.HostA);
        using var service = new UdpEndpoint(lab.A, LabPlan.HostA);

        byte[] answer = client.Ask(NatPmpMap(service.Port, lifetimeSeconds: 600), Server);

        Assert.Equal(16, answer.Length);
        Assert.Equal((0, 129, 0), (answer[0], answer[1], BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(2))));
        Assert.Equal(service.Port, BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(8)));
        Assert.Equal(600u, BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(12)));
        byte[] address = client.Ask([0, 0], Server);
        Assert.Equal((12, 0, 128, 0), (address.Length, address[0], address[1], BinaryPrimitives.ReadUInt16BigEndian(address.AsSpan(2))));
        var external = new IPEndPoint(new IPAddress(address.AsSpan(8, 4)), BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(10)));
        using var x = new UdpEndpoint(lab.X, LabPlan.HostX);
        AssertServes(service, x, external);

        answer = client.Ask(NatPmpMap(service.Port, lifetimeSeconds: 0), Server);

        Assert.Equal((0, 129, 0), (answer[0], answer[1], BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(2))));
        await AssertStrangersAreKeptOut(lab, service, external);
    }

    [LabTheory]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Map_StrangerOutside_GetsNoAnswer(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode, Config);
        using var client = new UdpEndpoint(lab.A, LabPlan.HostA);
        using var service = new UdpEndpoint(lab.A, LabPlan.HostA);
        byte[] granted = client.Ask(Map(service.Port, lifetimeSeconds: 600, nonce: 7), Server);
        var external = new IPEndPoint(new IPAddress(granted.AsSpan(44, 16)).MapToIPv4(), BinaryPrimitives.ReadUInt16BigEndian(granted.AsSpan(42)));
        MappingsModel before = await lab.Ask("/v1/mappings", ControlJson.Default.MappingsModel);
        lab.Wan.Run($"ip route add {LabPlan.GatewayInside}/32 via {LabPlan.Public1}");
        using var x = new UdpEndpoint(lab.X, LabPlan.HostX);
        using var provider = new UdpEndpoint(lab.Wan, LabPlan.Provider);

        foreach (UdpEndpoint stranger in new[] { x, provider })
        {
            foreach (string address in new[] { LabPlan.Public1, LabPlan.Public2, LabPlan.GatewayInside })
            {
                var server = new IPEndPoint(IPAddress.Parse(address), ServerPort);
                stranger.Send(Map(4000, lifetimeSeconds: 600, nonce: 9, server.Address), server);
                stranger.Send(NatPmpMap(4000, lifetimeSeconds: 600), server);
                stranger.Send([0, 0], server);
            }

            // What was asked before this has been judged when this is back.
            AssertServes(service, stranger, external);
            Assert.True(stranger.IsQuiet, "it was answered");
        }

        MappingsModel after = await lab.Ask("/v1/mappings", ControlJson.Default.MappingsModel);
        Assert.Equal(before.Mappings.Count, after.Mappings.Count);
        AssertMapAnswer(client.Ask(Map(service.Port, lifetimeSeconds: 600, nonce: 7), Server), result: 0, service.Port, nonce: 7);
    }

    [LabTheory]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task UplinkAddress_Changes_ClientsAreToldAndGetAnotherEndpoint(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode, $"{Config}\nnatflow.nat.public = interface\n");
        using var ear = new UdpEndpoint(lab.B, "0.0.0.0", ClientPort);
        using var client = new UdpEndpoint(lab.A, LabPlan.HostA);
        using var service = new UdpEndpoint(lab.A, LabPlan.HostA);
        AssertMapAnswer(client.Ask(Map(service.Port, lifetimeSeconds: 600, nonce: 7), Server), result: 0, service.Port, nonce: 7);
        _ = Hear(ear, static epoch => epoch >= FirstEpoch); // What is announced at the start, until a new epoch can be told from it.

        lab.Gateway.Run($"ip addr flush dev {LabPlan.WanInterface} scope global");
        lab.Gateway.Run($"ip addr add 203.0.113.9/24 dev {LabPlan.WanInterface}");
        lab.Gateway.Run($"ip route replace default via {LabPlan.Provider} dev {LabPlan.WanInterface}");
        Assert.Equal(Server, Hear(ear, static epoch => epoch < FirstEpoch));

        byte[] answer = [];
        await Until.Holds("there is an endpoint of the new address", () =>
        {
            answer = client.Ask(Map(service.Port, lifetimeSeconds: 600, nonce: 7), Server);
            return answer[3] == 0 && new IPAddress(answer.AsSpan(44, 16)).MapToIPv4().ToString() == "203.0.113.9";
        });
        Assert.InRange(BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(8)), 0u, FirstEpoch - 1);
        using var x = new UdpEndpoint(lab.X, LabPlan.HostX);
        AssertServes(service, x, new IPEndPoint(IPAddress.Parse("203.0.113.9"), BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(42))));
    }

    // Announcements until one has a certain epoch; who sent that.
    private static IPEndPoint Hear(UdpEndpoint ear, Func<uint, bool> isWanted)
    {
        while (true)
        {
            (byte[] announcement, IPEndPoint from) = ear.Receive();
            Assert.Equal((PcpHeaderBytes, 2, 0x80, 0), (announcement.Length, announcement[0], announcement[1], announcement[3]));
            if (isWanted(BinaryPrimitives.ReadUInt32BigEndian(announcement.AsSpan(8))))
                return from;
        }
    }

    // RFC 6887 figures 1 to 4 and 9: version, opcode, lifetime, client; nonce, protocol, ports, external address.
    private static byte[] Map(int insidePort, uint lifetimeSeconds, byte nonce, IPAddress? client = null)
    {
        byte[] message = new byte[MapBytes];
        message[0] = 2;
        message[1] = 1;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), lifetimeSeconds);
        (client ?? IPAddress.Parse(LabPlan.HostA)).MapToIPv6().GetAddressBytes().CopyTo(message, 8);
        message.AsSpan(PcpHeaderBytes, 12).Fill(nonce);
        message[36] = IpProtocol.Udp;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(40), (ushort)insidePort);
        IPAddress.Any.MapToIPv6().GetAddressBytes().CopyTo(message, 44);
        return message;
    }

    // RFC 6886 section 3.3.
    private static byte[] NatPmpMap(int insidePort, uint lifetimeSeconds)
    {
        byte[] message = new byte[12];
        message[1] = 1;
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(4), (ushort)insidePort);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), lifetimeSeconds);
        return message;
    }

    private static void AssertMapAnswer(byte[] answer, byte result, int insidePort, byte nonce)
    {
        Assert.Equal(MapBytes, answer.Length);
        Assert.Equal((2, 0x81, result), (answer[0], answer[1], answer[3]));
        Assert.All(answer[PcpHeaderBytes..(PcpHeaderBytes + 12)], value => Assert.Equal(nonce, value));
        Assert.Equal(IpProtocol.Udp, answer[36]);
        Assert.Equal(insidePort, BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(40)));
    }

    private static void AssertServes(UdpEndpoint service, UdpEndpoint stranger, IPEndPoint external)
    {
        stranger.Send("who is there"u8, external);
        (byte[] question, IPEndPoint from) = service.Receive();
        Assert.Equal("who is there"u8, question);
        Assert.Equal(stranger.Port, from.Port);
        service.Send("I am"u8, from);
        (byte[] answer, IPEndPoint server) = stranger.Receive();
        Assert.Equal("I am"u8, answer);
        Assert.Equal(external, server);
    }

    private static async Task AssertStrangersAreKeptOut(TestLab lab, UdpEndpoint service, IPEndPoint external)
    {
        CountersModel before = await lab.Counters();
        using var stranger = new UdpEndpoint(lab.X, LabPlan.HostX2);
        stranger.Send("who is there"u8, external);
        await Until.Holds("the stranger's packet is counted", () =>
        {
            CountersModel after = lab.Counters().GetAwaiter().GetResult();
            return new[] { DropReason.Filtered, DropReason.NoMapping }.Any(reason =>
                after.Drops.GetValueOrDefault(reason) == before.Drops.GetValueOrDefault(reason) + 1);
        });
        Assert.True(service.IsQuiet, "it came through");
    }
}
