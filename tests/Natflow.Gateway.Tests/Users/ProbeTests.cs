using System.Text;
using Natflow.Gateway.Users;
using Natflow.Packets;
using Natflow.Policy;
using Natflow.Portal.Probes;

namespace Natflow.Gateway.Tests.Users;

/// <summary>What each common system asks for to find a portal, through the pipeline: sent to the page before the login, passed after it.</summary>
public sealed class ProbeTests
{
    private const ushort Http = 80;
    private const string Web = "auth id=7,szone=0,type=web,sipgrp=all,ipwhite=,macwhite=";

    public static TheoryData<string, string> Probes()
    {
        var probes = new TheoryData<string, string>();
        foreach (Probe probe in ProbeTable.All)
            probes.Add(probe.Host, probe.Path);
        return probes;
    }

    [Theory, MemberData(nameof(Probes))]
    public async Task Probe_BeforeTheLogin_IsSentToThePortal_AndPassesAfterIt(string host, string path)
    {
        PolicyModels models = PolicyRig.Auth(Web);
        using var rig = new PolicyRig(models with { Auth = models.Auth with { RedirectPort = 8880 } });
        string request = $"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: probe\r\nAccept: */*\r\nConnection: close\r\n\r\n";

        (List<byte[]> wan, List<byte[]> lan) = rig.Send(PolicyRig.Tcp(PolicyRig.Alice, Http, TcpFlags.Syn));
        Assert.Empty(wan);
        Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, PolicyRig.TcpFlagsOf(Assert.Single(lan)));
        (wan, lan) = rig.Send(PolicyRig.Tcp(PolicyRig.Alice, Http, TcpFlags.Ack | TcpFlags.Psh, 1001, 7001, request));
        Assert.Empty(wan);
        string answer = PolicyRig.TextOf(Assert.Single(lan));
        Assert.StartsWith("HTTP/1.1 302 ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nLocation: http://10.10.10.10:8880/index.html?ip=10.0.0.1&", answer, StringComparison.Ordinal);

        var login = new LoginRequest(IpAddress.FromIpv4(PolicyRig.Alice), "", 0, Flows.Users.PolicyLimits.None, 0, 0);
        Assert.True((await rig.Turn(rig.Control.LogIn(login))).Result.IsTaken);
        (wan, lan) = rig.Send(PolicyRig.Tcp(PolicyRig.Alice, Http, TcpFlags.Syn, sequence: 5000));
        byte[] syn = Assert.Single(wan);
        Assert.Empty(lan);
        rig.Answer(Packets.Build.PacketBuilder.Ethernet().Ipv4(Frames.Server, Frames.Src(syn)).Tcp(Http, Frames.SrcPort(syn), TcpFlags.Syn | TcpFlags.Ack, 9000, 5001).ToArray());
        (wan, lan) = rig.Send(PolicyRig.Tcp(PolicyRig.Alice, Http, TcpFlags.Ack | TcpFlags.Psh, 5001, 9001, request));
        Assert.Empty(lan);
        Assert.EndsWith(request, Encoding.ASCII.GetString(Assert.Single(wan)), StringComparison.Ordinal);
    }

    [Fact]
    public void Table_HasTheCommonSystemsOnceEach()
    {
        Assert.Equal(ProbeTable.All.Count, ProbeTable.All.DistinctBy(static probe => (probe.Host, probe.Path)).Count());
        foreach (string word in (string[])["Apple", "Android", "Windows", "Firefox", "Chrome OS", "GNOME", "Ubuntu", "KDE", "Samsung", "Kindle", "Huawei", "Xiaomi"])
            Assert.Contains(ProbeTable.All, probe => probe.System.Contains(word, StringComparison.Ordinal));
        Assert.All(ProbeTable.All, static probe => Assert.True(probe.Status == 200 || probe.Body.Length == 0));
    }
}
