using System.Buffers.Binary;
using System.Text;
using Natflow.Core;
using Natflow.Flows.Hosts;
using Natflow.Gateway.Users;
using Natflow.Inspect.Build;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Policy.Acl;
using Natflow.Policy.Control;
using Natflow.Policy.Sets;

namespace Natflow.Gateway.Tests.Users;

/// <summary>Host rules decide on the names that flows ask for: what both ends hear, and what later rules do to living flows.</summary>
public sealed class HostRuleTests
{
    private const ushort Http = 80;
    private const ushort Https = 443;
    private const ushort Dns = 53;
    private const uint ClientSequence = 1001;
    private const uint ServerSequence = 7001;
    private const uint QuicVersion1 = 1;
    private const string Request = "GET /x HTTP/1.1\r\nHost: www.bad.example:80\r\n\r\n";

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task HttpRequest_OfARuledHost_GetsTheRulesAction(int action)
    {
        using PolicyRig rig = Rig($"add acl=3,{action},bad.example", "redirect_url=http://portal.example/no");
        await Open(rig, Http);
        (List<byte[]> wan, List<byte[]> lan) = rig.Send(Data(Http, Request));
        switch ((AclAction)action)
        {
            case AclAction.Accept:
                Assert.Contains("www.bad.example", PolicyRig.TextOf(Assert.Single(wan)), StringComparison.Ordinal);
                Assert.Empty(lan);
                return;
            case AclAction.Drop:
                Assert.Empty(wan);
                Assert.Empty(lan);
                break;
            case AclAction.Reset:
                CheckReset(Assert.Single(wan), ClientSequence, isFromClient: true);
                CheckReset(Assert.Single(lan), ServerSequence, isFromClient: false);
                break;
            case AclAction.Redirect:
                CheckReset(Assert.Single(wan), ClientSequence, isFromClient: true);
                byte[] redirect = Assert.Single(lan);
                Assert.Equal((Frames.Server, PolicyRig.Alice), (Frames.Src(redirect), Frames.Dst(redirect)));
                Assert.Equal(TcpFlags.Ack | TcpFlags.Psh | TcpFlags.Fin, PolicyRig.TcpFlagsOf(redirect));
                Assert.StartsWith("HTTP/1.1 302 Moved Temporarily\r\n", PolicyRig.TextOf(redirect), StringComparison.Ordinal);
                Assert.Contains("\r\nLocation: http://portal.example/no\r\n", PolicyRig.TextOf(redirect), StringComparison.Ordinal);
                break;
        }

        Assert.Equal(1ul, rig.Drops(DropReason.HostRefused));
        Assert.Empty(rig.Send(Data(Http, Request)).Wan); // The server has its reset already.
        Assert.Equal(2ul, rig.Drops(DropReason.HostRefused));
    }

    [Fact]
    public async Task Head_OfARedirectedHost_IsReset()
    {
        using PolicyRig rig = Rig("add acl=0,3,bad.example");
        await Open(rig, Http);
        CheckReset(Assert.Single(rig.Send(Data(Http, "HEAD / HTTP/1.1\r\nHost: bad.example\r\n\r\n")).Lan), ServerSequence, isFromClient: false);
    }

    [Fact]
    public async Task UpperCaseRule_Matches_AndALongerNameDoesNot()
    {
        using PolicyRig rig = Rig("add acl=0,1,BAD.Example");
        await Open(rig, Https);
        Assert.Empty(rig.Send(Hello("WWW.bad.EXAMPLE")).Wan);
        using PolicyRig other = Rig("add acl=0,1,BAD.Example");
        await Open(other, Https);
        Assert.Single(other.Send(Hello("notbad.example")).Wan);
    }

    [Fact]
    public async Task Underscore_DoesNotHideAHost()
    {
        using PolicyRig rig = Rig("add acl=0,1,bad_one.example");
        await Open(rig, Https);
        Assert.Empty(rig.Send(Hello("a_b.bad_one.example")).Wan);
    }

    [Fact]
    public async Task WhatIsNoName_GetsTheDefault()
    {
        using PolicyRig rig = Rig("acl_action_default=drop", "add acl=0,0,good.example");
        await Open(rig, Http);
        Assert.Empty(rig.Send(Data(Http, "GET / HTTP/1.1\r\nHost: a b..c\r\n\r\n")).Wan);
        using PolicyRig good = Rig("acl_action_default=drop", "add acl=0,0,good.example");
        await Open(good, Http);
        Assert.Single(good.Send(Data(Http, "GET / HTTP/1.1\r\nHost: good.example\r\n\r\n")).Wan);
    }

    [Fact]
    public async Task RuleWithSources_HoldsForThemAlone()
    {
        PolicyModels models = Models("add acl=0,1,bad.example") with { Sets = new SetCatalog([PolicyRig.Set("host_acl_rule0_ipv4", "10.0.0.2")]) };
        using var rig = new PolicyRig(models, inspects: true);
        await Open(rig, Https);
        Assert.Single(rig.Send(Hello("bad.example")).Wan);
        using var listed = new PolicyRig(models with { Sets = new SetCatalog([PolicyRig.Set("host_acl_rule0_ipv4", "10.0.0.1")]) }, inspects: true);
        await Open(listed, Https);
        Assert.Empty(listed.Send(Hello("bad.example")).Wan);
    }

    [Fact]
    public async Task HostAddedLater_StopsALivingFlow_AndRemovingItLetsItGoOn()
    {
        using PolicyRig rig = Rig("add acl=0,0,other.example");
        byte[] sent = await Open(rig, Https);
        Assert.Single(rig.Send(Hello("www.bad.example")).Wan);
        Assert.Single(rig.Answer(FromServer(sent, "hello back")));

        await rig.Turn(rig.Control.Write(ControlDevice.HostAcl, ["add acl=1,2,bad.example"], isWhole: true));
        (List<byte[]> wan, List<byte[]> lan) = rig.Send(PolicyRig.Tcp(PolicyRig.Alice, Https, TcpFlags.Ack, 1500, 8000));
        CheckReset(Assert.Single(wan), 1500, isFromClient: true);
        CheckReset(Assert.Single(lan), 8000, isFromClient: false);
        Assert.Equal(1ul, rig.Drops(DropReason.HostRefused));

        await rig.Turn(rig.Control.Write(ControlDevice.HostAcl, ["clear"], isWhole: true));
        Assert.Single(rig.Answer(FromServer(sent, "again")));
    }

    [Fact]
    public async Task HostAddedLater_ClientThatOnlyListens_IsResetByTheServersSegments()
    {
        using PolicyRig rig = Rig("add acl=0,0,other.example");
        byte[] sent = await Open(rig, Https);
        Assert.Single(rig.Send(Hello("www.bad.example")).Wan);
        await rig.Turn(rig.Control.Write(ControlDevice.HostAcl, ["add acl=1,2,bad.example"], isWhole: true));

        (List<byte[]> wan, List<byte[]> lan) = rig.SendFromServer(FromServer(sent, "more"));
        CheckReset(Assert.Single(lan), ServerSequence, isFromClient: false);
        CheckReset(Assert.Single(wan), 1400, isFromClient: true);
        (wan, lan) = rig.SendFromServer(FromServer(sent, "again"));
        CheckReset(Assert.Single(lan), ServerSequence, isFromClient: false);
        Assert.Empty(wan);
        Assert.Equal(2ul, rig.Drops(DropReason.HostRefused));
    }

    [Fact]
    public async Task RedirectAddedLater_ResetsALivingConnection_ForItsContentGoesOn()
    {
        using PolicyRig rig = Rig("add acl=0,0,other.example");
        await Open(rig, Http);
        Assert.Single(rig.Send(Data(Http, Request)).Wan);
        await rig.Turn(rig.Control.Write(ControlDevice.HostAcl, ["add acl=1,3,bad.example"], isWhole: true));
        CheckReset(Assert.Single(rig.Send(PolicyRig.Tcp(PolicyRig.Alice, Http, TcpFlags.Ack | TcpFlags.Psh, 1500, 8000, "more")).Lan), 8000, isFromClient: false);
    }

    [Fact]
    public async Task NewConnection_FromThePortOfARefusedOne_IsJudgedAnew()
    {
        using PolicyRig rig = Rig("add acl=0,2,bad.example");
        await Open(rig, Https);
        Assert.Single(rig.Send(Hello("bad.example")).Lan);
        await Open(rig, Https);
        Assert.Single(rig.Send(Hello("good.example")).Wan);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Quic_IsDropped_AndTheClientToldWhereThatIsChosen(bool isTold)
    {
        PolicyModels models = Models("add acl=0,2,bad.example") with { AclOptions = isTold ? AclOptions.QuicUnreachable : AclOptions.None };
        using var rig = new PolicyRig(models, inspects: true);
        rig.Plane.State().SetIcmpSource(Side.Lan, BinaryPrimitives.ReverseEndianness(0x0A0000FEu));
        byte[] initial = Initial("bad.example");
        (List<byte[]> wan, List<byte[]> lan) = rig.Send(initial);
        Assert.Empty(wan);
        if (isTold)
        {
            byte[] error = Assert.Single(lan);
            Assert.Equal((IpProtocol.Icmp, (byte)3, (byte)13), (error[23], error[34], error[35]));
            Assert.Equal(initial[14..42], error[42..70]); // The packet as the client sent it: addresses, ports, checksums.
        }
        else
        {
            Assert.Empty(lan);
        }

        Assert.Empty(rig.Send(initial).Wan);
        Assert.Equal(2ul, rig.Drops(DropReason.HostRefused));
    }

    [Theory]
    [InlineData(AclOptions.None, 1)]
    [InlineData(AclOptions.DnsNameError, 1)]
    [InlineData(AclOptions.DnsPortal | AclOptions.DnsNameError, 3)]
    public void DnsQuestion_ForARefusedName_IsAnsweredAsChosen(AclOptions options, int action)
    {
        PolicyModels models = Models($"add acl=0,{action},bad.example") with { AclOptions = options };
        using var rig = new PolicyRig(models, inspects: true);
        byte[] question = Question("www.bad.example");
        (List<byte[]> wan, List<byte[]> lan) = rig.Send(question);
        if (options == AclOptions.None)
        {
            Assert.Single(wan);
            return;
        }

        Assert.Empty(wan);
        byte[] answer = Assert.Single(lan);
        Assert.Equal((Frames.Server, PolicyRig.Alice, Dns), (Frames.Src(answer), Frames.Dst(answer), Frames.SrcPort(answer)));
        byte[] message = answer[42..];
        Assert.Equal((0x1234, 0x81, question[54..^4].Length), (BinaryPrimitives.ReadUInt16BigEndian(message), message[2], question[54..^4].Length));
        bool isPortal = options.HasFlag(AclOptions.DnsPortal);
        Assert.Equal(isPortal ? 0x80 : 0x83, message[3]);
        Assert.Equal(isPortal ? 1 : 0, message[7]);
        if (isPortal)
            Assert.Equal(PolicyRig.Portal, BinaryPrimitives.ReadUInt32BigEndian(message.AsSpan(message.Length - 4)));
        Assert.Single(rig.Send(Question("good.example")).Wan); // The flow of the resolver goes on.
    }

    [Fact]
    public async Task HostsWithoutRoom_PassUncounted_NeverLost()
    {
        using PolicyRig rig = Rig("add acl=0,1,bad.example");
        for (int i = 0; i < 120; i++)
        {
            byte[] frame = PacketBuilder.Ethernet(source: PolicyRig.Mac).Ipv4(PolicyRig.Alice, Frames.Server).Udp((ushort)(7000 + i), Https).Payload(InitialPayload($"h{i}.example")).ToArray();
            Assert.Single(rig.Send(frame).Wan);
        }

        HostGate hosts = rig.Plane.State().Hosts!;
        Assert.Equal((100, 20ul), (hosts.Names.Count, hosts.NotKept));
        await rig.Turn(rig.Control.Write(ControlDevice.Conntrack, ["kickall"], isWhole: true));
        Assert.Equal(0, hosts.Names.Count);
    }

    private static PolicyRig Rig(params string[] lines) => new(Models(lines), inspects: true);

    private static PolicyModels Models(params string[] lines)
    {
        AclModel model = AclModel.Default;
        foreach (string line in lines)
        {
            ControlStep<AclModel> step = AclControl.Apply(model, line);
            Assert.True(step.Result.IsTaken, step.Result.Error);
            model = step.Model;
        }

        return PolicyModels.Default with { Acl = model };
    }

    // The handshake of Alice with the server; the translated SYN.
    private static Task<byte[]> Open(PolicyRig rig, ushort port)
    {
        byte[] sent = rig.Send(PolicyRig.Tcp(PolicyRig.Alice, port, TcpFlags.Syn)).Wan[^1];
        Assert.Single(rig.Answer(PacketBuilder.Ethernet().Ipv4(Frames.Dst(sent), Frames.Src(sent))
            .Tcp(Frames.DstPort(sent), Frames.SrcPort(sent), TcpFlags.Syn | TcpFlags.Ack, ServerSequence - 1, ClientSequence).ToArray()));
        Assert.Single(rig.Send(PolicyRig.Tcp(PolicyRig.Alice, port, TcpFlags.Ack, ClientSequence, ServerSequence)).Wan);
        return Task.FromResult(sent);
    }

    private static byte[] Data(ushort port, string text) => PolicyRig.Tcp(PolicyRig.Alice, port, TcpFlags.Ack | TcpFlags.Psh, ClientSequence, ServerSequence, text);

    private static byte[] Hello(string name) => PacketBuilder.Ethernet(source: PolicyRig.Mac).Ipv4(PolicyRig.Alice, Frames.Server)
        .Tcp(6000, Https, TcpFlags.Ack | TcpFlags.Psh, ClientSequence, ServerSequence).Payload(ClientHelloBuilder.Records(ClientHelloBuilder.Message(Encoding.ASCII.GetBytes(name)))).ToArray();

    private static byte[] FromServer(byte[] sent, string text) => PacketBuilder.Ethernet().Ipv4(Frames.Dst(sent), Frames.Src(sent))
        .Tcp(Frames.DstPort(sent), Frames.SrcPort(sent), TcpFlags.Ack | TcpFlags.Psh, ServerSequence, 1400).Payload(Encoding.ASCII.GetBytes(text)).ToArray();

    private static byte[] Initial(string name) =>
        PacketBuilder.Ethernet(source: PolicyRig.Mac).Ipv4(PolicyRig.Alice, Frames.Server).Udp(7000, Https).Payload(InitialPayload(name)).ToArray();

    private static byte[] InitialPayload(string name)
    {
        byte[] id = BitConverter.GetBytes(0x0123456789ABCDEF);
        byte[] frame = QuicInitialBuilder.CryptoFrame(0, ClientHelloBuilder.Message(Encoding.ASCII.GetBytes(name), keyShareBytes: 36, [Encoding.ASCII.GetBytes("h3")]));
        return QuicInitialBuilder.Packet(QuicVersion1, id, id, packetNumber: 0, frame);
    }

    private static byte[] Question(string name)
    {
        var message = new List<byte> { 0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0 };
        foreach (string label in name.Split('.'))
        {
            message.Add((byte)label.Length);
            message.AddRange(Encoding.ASCII.GetBytes(label));
        }

        message.AddRange([0, 0, 1, 0, 1]);
        return PacketBuilder.Ethernet(source: PolicyRig.Mac).Ipv4(PolicyRig.Alice, Frames.Server).Udp(7000, Dns).Payload(message.ToArray()).ToArray();
    }

    private static void CheckReset(byte[] frame, uint sequence, bool isFromClient)
    {
        Assert.Equal(isFromClient ? Frames.Server : Frames.Src(frame), isFromClient ? Frames.Dst(frame) : Frames.Server);
        Assert.NotEqual(PolicyRig.Alice, Frames.Src(frame));
        Assert.Equal(TcpFlags.Rst, PolicyRig.TcpFlagsOf(frame) & TcpFlags.Rst);
        Assert.Equal(sequence, BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(38)));
        Assert.Equal(14 + 40, frame.Length);
        Assert.Equal(0, SumOf(frame.AsSpan(14, 20), 0));
        ReadOnlySpan<byte> addresses = frame.AsSpan(26, 8);
        Assert.Equal(0, SumOf(frame.AsSpan(34), (uint)(IpProtocol.Tcp + 20) + Words(addresses)));
    }

    // RFC 1071: 0 where a checksum is right.
    private static int SumOf(ReadOnlySpan<byte> bytes, uint start)
    {
        uint sum = start + Words(bytes);
        while (sum >> 16 != 0)
            sum = (sum & 0xFFFF) + (sum >> 16);
        return 0xFFFF - (int)sum;
    }

    private static uint Words(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]);
        return sum;
    }
}
