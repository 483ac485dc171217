using System.Net;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Host.Settings;

namespace Natflow.Host.Tests.Settings;

public sealed class SettingsBindingTests
{
    private const string TwoPorts = "natflow.ports { lan = [ eth1 ], wan = [ eth0 ] }\n";

    [Fact]
    public void Parse_Defaults_AreWhatTheReferenceSays()
    {
        NatflowSettings settings = SettingsLoader.Parse(TwoPorts).Settings!;

        Assert.Equal("/run/natflow", settings.Gateway.RunDirectory);
        Assert.Equal(TimeSpan.FromSeconds(10), settings.Gateway.DrainTimeout);
        Assert.Equal(1, settings.Workers.Shards);
        Assert.Equal(1024, settings.Ports.AfXdp.RingSize);
        Assert.True(settings.Nat.PublicIsInterface);
        Assert.Equal(new PortRange(1024, 32767), settings.Nat.Ports);
        Assert.Equal(FilteringMode.EndpointIndependent, settings.Nat.UdpFiltering);
        Assert.Equal(TimeSpan.FromMinutes(124), settings.Nat.Timeouts.TcpEstablished);
        Assert.Null(settings.Ipv6.Nat64Prefix);
        Assert.True(settings.Helpers is { Ftp: true, Sip: false, Tftp: false });
    }

    [Fact]
    public void Parse_EverythingSet_IsBound()
    {
        NatflowSettings settings = SettingsLoader.Parse("""
            vars.lan = eth1
            natflow {
              workers { count = 2, cpus = [2, 3], shards = 4 }
              ports {
                lan = [ { interface = ${vars.lan}, mode = af_packet, zone = 7 }, eth2 ]
                wan = [ { interface = eth0, mode = tap, mss-clamp = 1452 }, { interface = ppp0, mss-clamp = path-mtu } ]
              }
              nat {
                public = [ 203.0.113.1, 203.0.113.8/30, 198.51.100.10-198.51.100.12 ]
                lan-prefixes = [ 10.0.0.0/8, 192.168.0.0/16 ]
                filtering.tcp = address-dependent
                mapping = address-and-port-dependent
                exempt = [ { to = 172.16.0.0/12, protocol = udp, ports = 53 }, { to = 192.0.2.1 } ]
                static = [ { inside = 192.168.1.5, outside = 203.0.113.5 } ]
                port-forwards = [ { protocol = both, address = 203.0.113.9, port = 53, to = 10.0.0.53, to-port = 5353, zone = 7 } ]
                timeouts { udp = 2.5m, udp-by-port { 53 = 30s, 123 = 30s } }
              }
              ipv6 {
                nptv6 = [ { inside = "fd00:1::/48", outside = "2001:db8:1::/48" } ]
                nat64.enabled = on
              }
            }
            """).Settings!;

        Assert.Equal([2, 3], settings.Workers.Cpus);
        Assert.Equal([new LanPortSettings("eth1", PortMode.AfPacket, 7), new LanPortSettings("eth2", PortMode.Auto, 0)], settings.Ports.Lan);
        Assert.Equal(new MssClampSettings(MssClampMode.Fixed, 1452), settings.Ports.Wan[0].MssClamp);
        Assert.Equal(MssClampMode.PathMtu, settings.Ports.Wan[1].MssClamp.Mode);
        Assert.Equal(8, settings.Nat.PublicAddresses.Count);
        Assert.Equal("198.51.100.12", Ipv4Prefix.ToText(settings.Nat.PublicAddresses[^1]));
        Assert.Equal(FilteringMode.AddressDependent, settings.Nat.TcpFiltering);
        Assert.Equal(IpProtocol.Udp, settings.Nat.Exempt[0].Protocol);
        Assert.Null(settings.Nat.Exempt[1].Protocol);
        Assert.Equal([IpProtocol.Tcp, IpProtocol.Udp], settings.Nat.PortForwards.Select(static forward => forward.Protocol));
        Assert.Equal(5353, settings.Nat.PortForwards[0].InsidePort);
        Assert.Equal(TimeSpan.FromSeconds(150), settings.Nat.Timeouts.Udp);
        Assert.Equal(TimeSpan.FromSeconds(30), settings.Nat.Timeouts.UdpByPort[123]);
        Assert.Equal(IPNetwork.Parse("64:ff9b::/96"), settings.Ipv6.Nat64Prefix);
        Assert.Equal(48, settings.Ipv6.Nptv6[0].Outside.PrefixLength);
    }

    [Fact]
    public void Parse_ManyMistakes_AreAllReportedWithTheirLines()
    {
        SettingsResult result = SettingsLoader.Parse(
            TwoPorts + """
            natflow {
              workrs.count = 2
              nat {
                ports = 80-90
                port-parityy = on
                timeouts.udp = 5 parsecs
                port-block-size = 100
                filtering { udp = full-cone }
                public = [ 203.0.113.300, 203.0.113.1 ]
              }
              gateway = fast
              capacity.flows = 12
            }
            other = 1
            """,
            "site.conf");

        Assert.Null(result.Settings);
        Assert.Equal(
        [
            "site.conf:3: natflow.workrs: unknown key; did you mean 'workers'?",
            "site.conf:5: natflow.nat.ports: expected a range of ports such as 1024-32767, within 1024-65535, not '80-90'",
            "site.conf:6: natflow.nat.port-parityy: unknown key; did you mean 'port-parity'?",
            "site.conf:7: natflow.nat.timeouts.udp: expected a duration from 1s to 1d, such as 1s or 1d, not '5 parsecs'",
            "site.conf:8: natflow.nat.port-block-size: expected a power of two from 64 to 4096, not '100'",
            "site.conf:9: natflow.nat.filtering.udp: expected endpoint-independent, address-dependent or address-and-port-dependent, not 'full-cone'",
            "site.conf:10: natflow.nat.public.\"0\": expected an IPv4 address, prefix or range, not '203.0.113.300'".Replace("\"0\"", "0", StringComparison.Ordinal),
            "site.conf:12: natflow.gateway: expected an object { ... }, not 'fast'",
            "site.conf:13: natflow.capacity.flows: expected a whole number from 1024 to 268435456, not '12'",
            "site.conf:15: other: unknown key; known here: vars, natflow",
        ],
            result.Errors.Select(static error => error.ToString()));
    }

    public static TheoryData<string, string, string> Contradictions => new()
    {
        { "natflow.ports.wan = [ eth1 ]", "natflow.ports.wan", "'eth1' twice" },
        { "natflow.ports.lan = []", "natflow.ports.lan", "at least one interface" },
        { "natflow.workers.cpus = [1, 2]", "natflow.workers.cpus", "one CPU for each" },
        { "natflow.workers { count = 2, cpus = [1, 1] }", "natflow.workers.cpus", "each CPU once" },
        { "natflow.ports.af-xdp { zero-copy = require, native = off }", "natflow.ports.af-xdp.zero-copy", "native is off" },
        { "natflow { offload.engine = tc, ports.lan = [ { interface = eth1, mode = af_xdp } ] }", "natflow.offload.engine", "a port has mode af_xdp" },
        { "natflow { offload.engine = tc, ports.wan = [ { interface = eth0, mode = af_xdp } ] }", "natflow.offload.engine", "a port has mode af_xdp" },
        { "natflow.ports { umem.chunks = 1024, af-xdp.ring-size = 512 }", "natflow.ports.umem.chunks", "2048" },
        { "natflow.nat.public = [ 203.0.113.1, 203.0.113.0/24 ]", "natflow.nat.public", "each address once" },
        { "natflow.nat { public = [ 10.0.0.1 ], lan-prefixes = [ 10.0.0.0/24 ] }", "natflow.nat.lan-prefixes", "10.0.0.0/24 holds one" },
        { "natflow { nat.ports = 1024-2047, nat.blocks-per-user = 1, workers.shards = 9 }", "natflow.nat.ports", "the range holds 8" },
        { "natflow.nat { ports = 1024-2047, blocks-per-user = 9 }", "natflow.nat.blocks-per-user", "8 blocks" },
        { "natflow.nat.port-forwards = [ { port = 80, to = 10.0.0.1 }, { port = 80, to = 10.0.0.2 } ]", "natflow.nat.port-forwards", "each external port once" },
        { "natflow.nat.port-forwards = [ { port = 80, to = 10.0.0.1, to-port = 1 }, { port = 81, to = 10.0.0.1, to-port = 1 } ]", "natflow.nat.port-forwards", "each inside port once" },
        { "natflow.nat { public = [ 203.0.113.1 ], port-forwards = [ { port = 80, to = 10.0.0.1, address = 203.0.113.2 } ] }", "natflow.nat.port-forwards", "natflow.nat.public lists" },
        { "natflow.nat.port-forwards = [ { port = 80, to = 10.0.0.1, address = 203.0.113.2 } ]", "natflow.nat.port-forwards", "expected no address" },
        { "natflow.nat { public = [ 203.0.113.1 ], static = [ { inside = 10.0.0.1, outside = 203.0.113.1 } ] }", "natflow.nat.static", "shared and one-to-one" },
        { "natflow.nat { lan-prefixes = [ 10.0.0.0/8 ], exempt = [ { to = 192.0.2.0/24, ports = 1000-1064 } ] }", "natflow.nat.exempt", "not 65" },
        { "natflow.nat.exempt = [ { to = 192.0.2.0/24 } ]", "natflow.nat.exempt", "lan-prefixes beside it" },
        { "natflow.nat.timeouts.udp-by-port { 53 = 30s, 123 = 10s }", "natflow.nat.timeouts.udp-by-port", "the same duration" },
        { "natflow.nat.timeouts.udp-by-port { 5353 = 30s }", "natflow.nat.timeouts.udp-by-port", "1 to 1023" },
        { "natflow.ipv6.nat66.enabled = on", "natflow.ipv6.nat66.outside", "at least one address" },
        { "natflow.ipv6.nptv6 = [ { inside = \"fd00::/48\", outside = \"2001:db8::/56\" } ]", "natflow.ipv6.nptv6.0", "the same length" },
        { "natflow.pcp { lifetime-min = 1h, lifetime-max = 1m }", "natflow.pcp.lifetime-min", "no more than lifetime-max" },
    };

    [Theory, MemberData(nameof(Contradictions))]
    public void Parse_Contradiction_IsOneErrorAtItsKey(string text, string path, string message)
    {
        SettingsResult result = SettingsLoader.Parse(TwoPorts + text, "site.conf");

        SettingsError error = Assert.Single(result.Errors);
        Assert.Equal(path, error.Path);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.True(error.Location.Line > 0 && error.Location.File.Length > 0, error.ToString());
    }

    public static TheoryData<string, string> WrongValues => new()
    {
        { "natflow.ports.lan = [ this-name-is-too-long ]", "natflow.ports.lan.0" },
        { "natflow.ports.lan = [ { mode = auto } ]", "natflow.ports.lan.0.interface" },
        { "natflow.ports.lan = [ { interface = eth1, zone = 65536 } ]", "natflow.ports.lan.0.zone" },
        { "natflow.ports.wan = [ { interface = eth0, mss-clamp = 100 } ]", "natflow.ports.wan.0.mss-clamp" },
        { "natflow.ports.wan = eth0", "natflow.ports.wan" },
        { "natflow.ports.af-xdp.ring-size = 300", "natflow.ports.af-xdp.ring-size" },
        { "natflow.ports.af-packet.block-bytes = 1GiB", "natflow.ports.af-packet.block-bytes" },
        { "natflow.ports.umem.chunk-bytes = 3000", "natflow.ports.umem.chunk-bytes" },
        { "natflow.gateway.run-directory = here", "natflow.gateway.run-directory" },
        { "natflow.gateway.log.level = loud", "natflow.gateway.log.level" },
        { "natflow.nat.public = []", "natflow.nat.public" },
        { "natflow.nat.public = [ 0.0.0.0/0 ]", "natflow.nat.public.0" },
        { "natflow.nat.lan-prefixes = [ 10.0.0.1/8 ]", "natflow.nat.lan-prefixes.0" },
        { "natflow.nat.port-forwards = [ { port = 0, to = 10.0.0.1 } ]", "natflow.nat.port-forwards.0.port" },
        { "natflow.nat.port-forwards = [ { port = 80, to = host } ]", "natflow.nat.port-forwards.0.to" },
        { "natflow.nat.timeouts.udp-by-port { http = 30s }", "natflow.nat.timeouts.udp-by-port.http" },
        { "natflow.nat.timeouts.udp-by-port { 53 = 0s }", "natflow.nat.timeouts.udp-by-port.53" },
        { "natflow.nat.port-parity = null", "natflow.nat.port-parity" },
        { "natflow.nat = 5", "natflow.nat" },
        { "natflow.ipv6.nat64.prefix = \"64:ff9b::/95\"", "natflow.ipv6.nat64.prefix" },
        { "natflow.ipv6.nat66.outside = [ 192.0.2.1 ]", "natflow.ipv6.nat66.outside.0" },
        { "natflow.users.rate-up = 7k", "natflow.users.rate-up" },
        { "natflow.users.rate-up = 401G", "natflow.users.rate-up" },
        { "natflow.users.rate-up = 8000.5", "natflow.users.rate-up" },
        { "natflow.users.rate-down = 99999999999999999999G", "natflow.users.rate-down" },
        { "natflow.users.rate-down = -10M", "natflow.users.rate-down" },
        { "natflow.users.rate-down = fast", "natflow.users.rate-down" },
        { "natflow.users.burst = 1ms", "natflow.users.burst" },
        { "natflow.offload.engine = mtk", "natflow.offload.engine" },
        { "natflow.ports.lan = [ eth1", "natflow.ports.lan" },
        { "natflow.ports.lan = [ ${nowhere} ]", "natflow.ports.lan" },
    };

    [Theory, MemberData(nameof(WrongValues))]
    public void Parse_WrongValue_IsOneErrorAtItsLine(string text, string path)
    {
        SettingsResult result = SettingsLoader.Parse(TwoPorts + text, "site.conf");

        Assert.Null(result.Settings);
        SettingsError error = Assert.Single(result.Errors);
        Assert.Equal("site.conf", error.Location.File);
        Assert.Equal(2, error.Location.Line);
        Assert.Equal(path, error.Path);
    }

    [Fact]
    public void Load_MissingFile_IsAnErrorThatNamesIt()
    {
        SettingsError error = Assert.Single(SettingsLoader.Load("/nonexistent/natflow.conf").Errors);
        Assert.Equal("/nonexistent/natflow.conf: there is no such file", error.ToString());
    }
}
