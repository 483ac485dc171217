using System.Diagnostics;

namespace Natflow.Host.Tests.Replay;

/// <summary>Asks tshark what is wrong with the packets of a capture.</summary>
internal static class Tshark
{
    private static readonly string[] Fields =
        ["frame.time_epoch", "ip.checksum.status", "tcp.checksum.status", "udp.checksum.status", "icmp.checksum.status", "_ws.malformed"];

    // Each packet alone: what an earlier packet of another capture said must not decide about this one.
    private static readonly string[] Preferences =
    [
        "ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE", "tcp.desegment_tcp_streams:FALSE", "ip.defragment:FALSE",
    ];

    /// <summary>Faults by the time of their packets: bad checksums (quoted packets' too) and malformed layers, by field.</summary>
    /// <param name="capture">The capture.</param>
    /// <param name="packetCount">Packets that tshark read.</param>
    internal static Dictionary<(string Time, string Field), int> Faults(string capture, out int packetCount)
    {
        var start = new ProcessStartInfo("tshark", Arguments(capture)) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using Process process = Process.Start(start)!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        var faults = new Dictionary<(string, string), int>();
        packetCount = 0;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            packetCount++;
            string[] values = line.Split('\t');
            for (int field = 1; field < Fields.Length; field++)
            {
                int count = IsChecksum(field) ? values[field].Split(',').Count(static status => status == "0") : values[field].Length == 0 ? 0 : 1;
                if (count != 0)
                    faults[(values[0], Fields[field])] = faults.GetValueOrDefault((values[0], Fields[field])) + count;
            }
        }

        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return faults;
    }

    private static bool IsChecksum(int field) => Fields[field].EndsWith(".status", StringComparison.Ordinal);

    private static IEnumerable<string> Arguments(string capture) =>
    [
        "-n", "-r", capture, "-T", "fields",
        .. Preferences.SelectMany(static preference => new[] { "-o", preference }),
        .. Fields.SelectMany(static field => new[] { "-e", field }),
    ];
}
