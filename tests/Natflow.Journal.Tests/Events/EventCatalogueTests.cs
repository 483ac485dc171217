using System.Text;
using Natflow.Journal.Events;
using Natflow.Testing;

namespace Natflow.Journal.Tests.Events;

public sealed class EventCatalogueTests
{
    public static TheoryData<string, string, IJournalEvent> OldBytes => new()
    {
        { "port-block-allocated:1", """{"user":"10.0.0.5","zone":1,"shard":2,"public":"203.0.113.7","ports":"1024-1151"}""", new PortBlockAllocated("10.0.0.5", 1, 2, "203.0.113.7", 1024, 128) },
        { "port-block-released:1", """{"user":"10.0.0.5","public":"203.0.113.7","ports":"1024-1151"}""", new PortBlockReleased("10.0.0.5", 0, 0, "203.0.113.7", 1024, 128) },
        { "url-visited:1", """{"user":"10.0.0.5","url":"http://example.org/a?b=c"}""", new UrlVisited("10.0.0.5", "http", "example.org", "/a?b=c") },
        { "url-visited:1", """{"user":"10.0.0.5","url":"tls://example.org","hits":3}""", new UrlVisited("10.0.0.5", "tls", "example.org", null, 3) },
    };

    public static TheoryData<string, string> Bytes => new()
    {
        { "port-block-allocated:2", """{"user":"10.0.0.5","zone":1,"shard":2,"public":"203.0.113.7","firstPort":1024,"portCount":128}""" },
        { "port-block-released:2", """{"user":"10.0.0.5","zone":1,"shard":2,"public":"203.0.113.7","firstPort":1024,"portCount":128}""" },
        { "pool-threshold-reached:1", """{"shard":2}""" },
        { "session-opened:1", """{"user":"10.0.0.5","zone":1,"protocol":6,"insidePort":40000,"public":"203.0.113.7","publicPort":1025,"remote":"198.51.100.1","remotePort":443}""" },
        { "session-closed:1", """{"user":"10.0.0.5","zone":1,"protocol":6,"insidePort":40000,"public":"203.0.113.7","publicPort":1025,"remote":"198.51.100.1","remotePort":443,"bytesOut":10,"bytesIn":20}""" },
        { "nat-plan-changed:1", """{"lanPrefixes":["10.0.0.0/24"],"publicAddresses":["203.0.113.7"],"firstPort":1024,"portsPerUser":128,"usersPerAddress":200}""" },
        { "user-seen:1", """{"user":"10.0.0.5","zone":1,"mac":"02:00:00:00:00:01"}""" },
        { "user-gone:1", """{"user":"10.0.0.5","zone":1,"bytesOut":1,"bytesIn":2}""" },
        { "user-logged-in:1", """{"user":"10.0.0.5","login":"ann","rule":"web","zone":1,"endsAt":"2026-01-01T00:00:00.0000000Z","rates":{"up":1000,"down":2000,"burstMicroseconds":8000},"volumeBytesMax":5,"volumeBaseBytes":6,"deviceCountMax":2,"isOfSession":true}""" },
        { "user-logged-out:1", """{"user":"10.0.0.5","login":"ann","reason":"timeout"}""" },
        { "user-kicked:1", """{"user":"10.0.0.5","operator":"root"}""" },
        { "user-limit-set:1", """{"user":"10.0.0.5","upBitsPerSecond":1000,"downBitsPerSecond":2000,"operator":"root"}""" },
        { "policy-changed:1", """{"user":"10.0.0.5","generation":3,"verdict":"drop","class":"gold"}""" },
        { "url-visited:2", """{"user":"10.0.0.5","scheme":"tls","host":"example.org","path":"/a","hits":2,"verdict":"drop"}""" },
        { "user-moved:1", """{"user":"10.0.0.5","zone":1,"mac":"02:00:00:00:00:02","interface":"lan1"}""" },
        { "user-matched:1", """{"user":"10.0.0.5","zone":1,"status":"required","type":"web","rule":7}""" },
        { "user-status-set:1", """{"user":"10.0.0.5","zone":1,"status":"blocked"}""" },
        { "user-session-changed:1", """{"user":"10.0.0.5","zone":1,"endsAt":"2026-01-01T00:00:00.0000000Z","rates":{"up":1000,"down":2000,"burstMicroseconds":8000},"volumeBytesMax":5,"volumeBaseBytes":6,"deviceCountMax":2,"isOfSession":true}""" },
        { "user-joined:1", """{"user":"10.0.0.5","zone":1,"address":"10.0.0.6"}""" },
        { "user-traffic:1", """{"user":"10.0.0.5","zone":1,"bytesOut":1,"bytesIn":2,"packetsOut":3,"packetsIn":4}""" },
        { "login-refused:1", """{"user":"10.0.0.5","login":"ann","method":"password","reason":"WrongCredentials"}""" },
        { "voucher-used:1", """{"user":"10.0.0.5","voucher":"GOODCODE0001","secondsLeft":3600,"volumeBytesLeft":1048576}""" },
        { "rules-changed:1", """{"generation":3,"authRules":1,"qosRules":2,"hostRules":4}""" },
        { "rules-written:1", """{"device":"natflow_qos_ctl","lines":["clear"],"isAll":true}""" },
        { "rules-configured:1", """{"digest":"ab"}""" },
        { "gateway-started:1", """{"version":"1.0","shardCount":2,"mode":"block"}""" },
        { "gateway-stopped:1", "{}" },
        { "operator-acted:1", """{"operator":"root","command":"reload","outcome":"done"}""" },
        { "events-lost:1", """{"count":3,"reason":"full"}""" },
        { "clock-stepped-back:1", """{"before":"a","now":"b"}""" },
        { "subject-erased:1", """{"subjectDigest":"ab","count":3}""" },
        { "journal-trimmed:1", """{"throughOrdering":5,"count":5}""" },
    };

    [Theory, MemberData(nameof(OldBytes))]
    public void Decode_BytesOfAnEarlierVersion_IsTheEventOfNow(string manifest, string json, IJournalEvent expected) =>
        Assert.Equal(expected, EventCatalogue.Default.Decode(manifest, Encoding.UTF8.GetBytes(json)));

    [Theory, MemberData(nameof(Bytes))]
    public void Encode_WhatWasDecoded_IsTheSameBytes(string manifest, string json)
    {
        IJournalEvent decoded = EventCatalogue.Default.Decode(manifest, Encoding.UTF8.GetBytes(json));
        Assert.IsNotType<UnknownEvent>(decoded);
        (string again, byte[] payload) = EventCatalogue.Default.Encode(decoded);
        Assert.Equal(manifest, again);
        Assert.Equal(json, Encoding.UTF8.GetString(payload));
    }

    [Fact]
    public void Catalogue_EveryEvent_HasItsBytesInThisTestAndItsLineInTheDocument()
    {
        Assert.Equal(EventCatalogue.Default.Manifests, Bytes.Cast<object[]>().Select(static row => (string)row[0]).Order(StringComparer.Ordinal));
        string document = File.ReadAllText(Path.Combine(FindRoot(), "src", "Natflow.Journal", "Events", "README.md"));
        Assert.All(EventCatalogue.Default.Manifests, manifest => Assert.Contains($"`{manifest}`", document, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Decode_AnyBytes_GivesAResult(int seed)
    {
        var prng = new Prng(seed);
        string[] manifests = [.. EventCatalogue.Default.Manifests, "url-visited:1", "port-block-allocated:1", "unknown:1", string.Empty, ":"];
        int unknown = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] bytes = i % 2 == 0 ? new byte[prng.Next(60)] : Encoding.UTF8.GetBytes("""{"user":"10.0.0.5","ports":"1-2","url":"x","zone":1,"shard":2}""");
            if (i % 2 == 0)
                prng.NextBytes(bytes);
            else
                bytes[prng.Next(bytes.Length)] = (byte)prng.Next(256);
            if (EventCatalogue.Default.Decode(manifests[prng.Next(manifests.Length)], bytes) is UnknownEvent)
                unknown++;
        }

        Assert.InRange(unknown, 1500, 2999);
    }

    [Fact]
    public void Encode_TypeOutsideTheCatalogue_IsRefused() => Assert.Throws<NotSupportedException>(() => EventCatalogue.Default.Encode("text"));

    private static string FindRoot()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Natflow.sln")))
            folder = folder.Parent!;
        return folder.FullName;
    }
}
