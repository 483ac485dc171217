using Natflow.Packets;
using Natflow.Packets.Build;

namespace Natflow.Cli.Demo;

/// <summary>A minute of an office, the same at each run: DNS, HTTP, TLS, QUIC, downloads, pings, calls by the public address, and strangers who knock.</summary>
internal sealed class OfficeTraffic
{
    private const long SecondNs = 1_000_000_000;
    private const int DownloaderCount = 12;
    private const int StrangerCount = 60;

    private static readonly string[] Hosts =
        ["intranet.example", "mail.example.net", "news.example.org", "video.example.com", "maps.example.net", "updates.example.org"];

    private readonly SplitMix _random = new(2026);
    private readonly ushort[] _nextPorts = new ushort[OfficePlan.SubscriberCount];

    private OfficeTraffic() => Array.Fill<ushort>(_nextPorts, 49_152);

    /// <summary>What was sent.</summary>
    internal OfficeLog Log { get; } = new();

    /// <summary>Makes the minute.</summary>
    internal static OfficeLog Make()
    {
        var traffic = new OfficeTraffic();
        for (int subscriber = 0; subscriber < OfficePlan.SubscriberCount; subscriber++)
            traffic.Work(subscriber);
        for (int stranger = 0; stranger < StrangerCount; stranger++)
            traffic.Knock();
        return traffic.Log;
    }

    private void Work(int subscriber)
    {
        for (int i = _random.Next(2, 4); i > 0; i--)
            Browse(subscriber, Hosts[_random.Next(0, Hosts.Length - 1)]);
        Quic(subscriber);
        if (subscriber % 4 == 0)
            Ping(subscriber);
        if (subscriber % 5 == 0)
            Call(subscriber);
        if (subscriber < DownloaderCount)
            Download(subscriber);
    }

    private void Browse(int subscriber, string host)
    {
        long timeNs = RandomTime();
        uint server = OfficePlan.RemoteServer(_random.Next(1, 80));
        Resolve(subscriber, host, server, ref timeNs);
        bool isTls = _random.Next(0, 2) != 0;
        Log.Begin(isTls ? "TLS" : "HTTP");
        var talk = new TcpTalk(
            Log, OfficePlan.Subscriber(subscriber), NextPort(subscriber), server, isTls ? (ushort)443 : (ushort)80, timeNs, RoundTrip());
        talk.Open();
        if (isTls)
        {
            talk.Ask(Messages.ClientHello(host));
            talk.Answer(Messages.TlsData(_random.Bytes(3_000)));
            talk.Ask(Messages.TlsData(_random.Bytes(200)));
            talk.Answer(Messages.TlsData(_random.Bytes(_random.Next(2_000, 12_000))));
        }
        else
        {
            talk.Ask(Messages.HttpGet(host, $"/page/{_random.Next(1, 999)}"));
            talk.Answer(Messages.HttpOk(_random.Bytes(_random.Next(500, 8_000))));
        }

        talk.Close();
    }

    private void Resolve(int subscriber, string host, uint server, ref long timeNs)
    {
        Log.Begin("DNS");
        ushort port = NextPort(subscriber);
        ushort id = (ushort)_random.Next();
        uint client = OfficePlan.Subscriber(subscriber);
        Log.Add(timeNs, Outbound(client, OfficePlan.Resolver).Udp(port, 53).Payload(Messages.Dns(id, host, address: null)).ToArray());
        timeNs += RoundTrip();
        Log.Add(timeNs, Inbound(OfficePlan.Resolver, client).Udp(53, port).Payload(Messages.Dns(id, host, server)).ToArray());
    }

    private void Quic(int subscriber)
    {
        Log.Begin("QUIC");
        long timeNs = RandomTime();
        long roundTripNs = RoundTrip();
        uint client = OfficePlan.Subscriber(subscriber);
        uint server = OfficePlan.RemoteServer(_random.Next(80, 99));
        ushort port = NextPort(subscriber);
        byte[] connectionId = _random.Bytes(8);
        Log.Add(timeNs, Outbound(client, server).Udp(port, 443).Payload(Messages.QuicInitial("video.example.com", connectionId)).ToArray());
        timeNs += roundTripNs;
        for (int i = _random.Next(4, 12); i > 0; i--)
        {
            Log.Add(timeNs += 30_000, Inbound(server, client).Udp(443, port).Payload(Messages.QuicLong(connectionId, _random.Bytes(1_180))).ToArray());
            Log.Add(timeNs += 30_000, Outbound(client, server).Udp(port, 443).Payload([0x43, .. connectionId, .. _random.Bytes(40)]).ToArray());
        }
    }

    private void Ping(int subscriber)
    {
        Log.Begin("ping");
        long timeNs = RandomTime();
        uint client = OfficePlan.Subscriber(subscriber);
        uint server = OfficePlan.RemoteServer(_random.Next(1, 99));
        for (ushort sequence = 1; sequence <= 3; sequence++)
        {
            byte[] payload = _random.Bytes(56);
            Log.Add(timeNs, Outbound(client, server).IcmpQuery(8, identifier: 1, sequence).Payload(payload).ToArray());
            Log.Add(timeNs + RoundTrip(), Inbound(server, client).IcmpQuery(0, identifier: 1, sequence).Payload(payload).ToArray());
            timeNs += SecondNs;
        }
    }

    // To the office's own server by its public address: out and in again through the same gateway (RFC 4787 REQ-9).
    private void Call(int subscriber)
    {
        Log.Begin("call by public address (hairpin)");
        long timeNs = RandomTime();
        ushort port = NextPort(subscriber);
        for (int i = 0; i < 8; i++)
        {
            Log.Add(timeNs += 20_000_000, Outbound(OfficePlan.Subscriber(subscriber), OfficePlan.PublicAddresses[0])
                .Udp(port, OfficePlan.ServerPort).Payload(_random.Bytes(160)).ToArray());
        }
    }

    private void Download(int subscriber)
    {
        Log.Begin("download");
        var talk = new TcpTalk(
            Log, OfficePlan.Subscriber(subscriber), NextPort(subscriber), OfficePlan.RemoteServer(100 + subscriber), 443, RandomTime(), RoundTrip());
        talk.Open();
        talk.Ask(Messages.ClientHello("downloads.example.com"));
        for (int i = 0; i < 40; i++)
            talk.Answer(Messages.TlsData(_random.Bytes(32_000)));
        talk.Close();
    }

    // Scanners try ports of the public addresses; one of them finds the forwarded one.
    private void Knock()
    {
        Log.Begin("strangers knocking");
        uint stranger = OfficePlan.RemoteServer(_random.Next(200, 900));
        uint target = OfficePlan.PublicAddresses[_random.Next(0, 1)];
        long timeNs = RandomTime();
        for (int i = 0; i < 10; i++)
        {
            timeNs += 1_000_000;
            PacketBuilder packet = Inbound(stranger, target);
            ushort port = (ushort)_random.Next(1, 65_535);
            Log.Add(timeNs, (i % 3 == 0 ? packet.Udp(port, (ushort)(i == 9 ? OfficePlan.ServerPort : _random.Next(1, 65_535))) : packet.Tcp(
                port, (ushort)_random.Next(1, 65_535), TcpFlags.Syn, (uint)_random.Next())).ToArray());
        }
    }

    private static PacketBuilder Outbound(uint source, uint destination) => PacketBuilder.Ethernet().Ipv4(source, destination);

    private static PacketBuilder Inbound(uint source, uint destination) =>
        PacketBuilder.Ethernet(0x02_00_00_00_00_01, 0x02_00_00_00_00_02).Ipv4(source, destination, ttl: 55);

    private long RandomTime() => _random.Next(0, 55_000) * 1_000_000L;

    private long RoundTrip() => _random.Next(5, 80) * 1_000_000L;

    private ushort NextPort(int subscriber) => _nextPorts[subscriber]++;
}
