using System.Diagnostics;

namespace Natflow.Host.Tests.Replay;

/// <summary>What tshark finds wrong with the packets of a capture, and which dissector was the last to read each.</summary>
internal sealed class Tshark
{
    private const string Malformed = "_ws.malformed";

    private static readonly string[] Fields =
        ["frame.time_epoch", "frame.protocols", "ip.checksum.status", "tcp.checksum.status", "udp.checksum.status", "icmp.checksum.status", Malformed];

    // Each packet alone: what an earlier packet of another capture said must not decide about this one.
    private static readonly string[] Preferences =
    [
        "ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE", "tcp.desegment_tcp_streams:FALSE", "ip.defragment:FALSE",
    ];

    private static readonly HashSet<string> Layers = new(StringComparer.Ordinal)
    {
        "eth", "ethertype", "vlan", "pppoes", "ppp", "arp", "ip", "ipv6", "tcp", "udp", "icmp", "icmpv6",
    };

    private readonly Dictionary<(string Time, string Field, string Dissector), int> _faults = [];
    private readonly HashSet<(string Time, string Dissector)> _dissected = [];

    /// <summary>Packets that tshark read.</summary>
    internal int PacketCount { get; private set; }

    /// <summary>Packets with a fault, quoted packets' checksums too.</summary>
    internal int FaultCount => _faults.Count;

    internal static Tshark Read(string capture)
    {
        var result = new Tshark();
        var start = new ProcessStartInfo("tshark", Arguments(capture)) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using Process process = Process.Start(start)!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        while (process.StandardOutput.ReadLine() is { } line)
            result.Add(line.Split('\t'));
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return result;
    }

    /// <summary>
    /// Faults that the recorded packets do not have. A translated port can be the well-known port of another application, whose dissector
    /// then finds the payload malformed: such a fault counts only where the same dissector read the recorded packet.
    /// </summary>
    internal IEnumerable<string> AddedTo(Tshark recorded) =>
        _faults.Where(pair => pair.Value > recorded._faults.GetValueOrDefault(pair.Key)
                && (pair.Key.Field != Malformed || Layers.Contains(pair.Key.Dissector) || recorded._dissected.Contains((pair.Key.Time, pair.Key.Dissector))))
            .Select(static pair => $"{pair.Key.Time} {pair.Key.Field} {pair.Key.Dissector}");

    private void Add(string[] values)
    {
        PacketCount++;
        string time = values[0];
        string dissector = values[1][(values[1].LastIndexOf(':') + 1)..];
        _dissected.Add((time, dissector));
        for (int field = 2; field < Fields.Length; field++)
        {
            int count = Fields[field] == Malformed ? values[field].Length == 0 ? 0 : 1 : values[field].Split(',').Count(static status => status == "0");
            if (count == 0)
                continue;
            (string, string, string) key = (time, Fields[field], Fields[field] == Malformed ? dissector : "");
            _faults[key] = _faults.GetValueOrDefault(key) + count;
        }
    }

    private static IEnumerable<string> Arguments(string capture) =>
    [
        "-n", "-r", capture, "-T", "fields",
        .. Preferences.SelectMany(static preference => new[] { "-o", preference }),
        .. Fields.SelectMany(static field => new[] { "-e", field }),
    ];
}
