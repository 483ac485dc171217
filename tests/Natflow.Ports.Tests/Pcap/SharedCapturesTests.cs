using System.Diagnostics;
using Natflow.Core;
using Natflow.Memory;
using Natflow.Ports.Pcap;
using Natflow.Testing;

namespace Natflow.Ports.Tests.Pcap;

public sealed class SharedCapturesTests
{
    private const int FilesPerProcess = 200;

    // Headers of versions that do not exist, a section header that runs over, a file cut short: capinfos says the same.
    private static readonly HashSet<string> Damaged = new(StringComparer.Ordinal)
    {
        "libpcap/pcap-invalid-version-1.pcap",
        "libpcap/pcapng-invalid-vers-1.pcapng",
        "libpcap/pcapng-invalid-vers-2.pcapng",
        "libpcap/shb-option-too-long.pcapng",
        "ndpi/fuzz-2021-10-13.pcap",
    };

    // Null, Ethernet, raw IP by its several numbers, loop, Linux cooked 1 and 2.
    private static readonly int[] KnownLinkTypes = [0, 1, 9, 12, 14, 50, 51, 101, 104, 108, 113, 204, 205, 219, 228, 229, 276];

    public static TheoryData<string> Sources() =>
        [.. Directory.GetDirectories(SharedData.Path("data", "pcap")).Select(static folder => Path.GetFileName(folder)).Order()];

    [SharedTheory, MemberData(nameof(Sources))]
    public void Read_EachSharedCapture_IsWholeOrKnownToBeDamaged(string source)
    {
        byte[] destination = new byte[65_535];
        var failures = new List<string>();
        foreach (string path in Captures(source))
        {
            string name = Path.GetRelativePath(SharedData.Path("data", "pcap"), path);
            string? fault = Fault(path, destination);
            if ((fault is not null) != Damaged.Contains(name))
                failures.Add($"{name}: {fault ?? "expected to be damaged"}");
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    [CapinfosFact]
    public void Read_EachSharedCapture_HasAsManyPacketsAsCapinfosCounts()
    {
        string root = SharedData.Path("data", "pcap");
        Dictionary<string, long> expected = CapinfosCounts(Captures(""));
        var failures = new List<string>();
        foreach ((string path, long expectedCount) in expected)
        {
            long count = Count(path);
            if (count != expectedCount)
                failures.Add($"{Path.GetRelativePath(root, path)}: {count} packets, capinfos counts {expectedCount}");
        }

        Assert.True(expected.Count > 1000, $"capinfos read {expected.Count} files");
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    [SharedFact]
    public void Replay_AllSharedCaptures_DeliversOrCountsEachPacket()
    {
        using var umem = new Umem(512, 1 << 17);
        using var pool = new ChunkPool(umem, 0, umem.ChunkCount);
        using var port = new PcapPort(Captures(""), 0, umem, pool, new CaptureClock());
        var frames = new FrameDescriptor[FrameDescriptor.BurstMax];

        ulong deliveredCount = 0;
        while (!port.IsExhausted)
        {
            int count = port.Receive(frames);
            deliveredCount += (uint)count;
            Assert.Equal(count, port.Transmit(frames.AsSpan(0, count)));
        }

        Assert.Equal(port.PacketCount, deliveredCount + port.Drops.Total());
        Assert.Equal(umem.ChunkCount, pool.Available);
        Assert.Equal(port.TotalBytes, port.PositionBytes);
        Assert.Equal(Damaged.Count, port.Damage.Count);
        Assert.Empty(port.Errors);
        Assert.Equal(UnknownLinkTypes(), port.UnknownLinkTypes.Select(static entry => (entry.File, entry.LinkType, entry.PacketCount)).Order());
        Assert.Equal(port.Drops.Read(DropReason.UnknownLinkType), port.UnknownLinkTypes.Aggregate(0UL, static (sum, entry) => sum + entry.PacketCount));
        Assert.NotEmpty(port.UnknownLinkTypes);
    }

    private static string[] Captures(string source) =>
        [.. Directory.EnumerateFiles(SharedData.Path("data", "pcap", source), "*", SearchOption.AllDirectories)
            .Where(static path => Path.GetExtension(path) is ".pcap" or ".pcapng" or ".cap").Order()];

    // What the reader finds packet by packet, without the port.
    private static IEnumerable<(string File, int LinkType, ulong PacketCount)> UnknownLinkTypes() => Captures("")
        .SelectMany(static path => LinkTypes(path).GroupBy(static type => type).Select(type => (path, type.Key, (ulong)type.Count())))
        .Where(static entry => !KnownLinkTypes.Contains(entry.Key))
        .Order();

    // A packet that fits nowhere is dropped for its size, before anybody asks for its link type.
    private static List<int> LinkTypes(string path)
    {
        byte[] destination = new byte[65_535];
        var types = new List<int>();
        if (!CaptureReader.TryOpen(path, out CaptureReader? reader, out _))
            return types;
        using (reader)
        {
            while (reader.TryRead(destination, out CapturePacket packet))
            {
                if (!packet.IsOversize)
                    types.Add(packet.LinkType);
            }
        }

        return types;
    }

    private static string? Fault(string path, byte[] destination)
    {
        if (!CaptureReader.TryOpen(path, out CaptureReader? reader, out CaptureError? error))
            return error.Message;
        using (reader)
        {
            while (reader.TryRead(destination, out _))
            {
                // Only the end matters.
            }

            return reader.Damage is { } damage ? $"byte {damage.OffsetBytes}: {damage.Message}" : null;
        }
    }

    private static long Count(string path)
    {
        Assert.True(CaptureReader.TryOpen(path, out CaptureReader? reader, out CaptureError? error), error?.ToString());
        using (reader)
        {
            long count = 0;
            while (reader.TryRead([], out _))
                count++;
            return count;
        }
    }

    // One line a file that capinfos can read: name, tab, number of packets.
    private static Dictionary<string, long> CapinfosCounts(string[] paths)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string[] some in paths.Chunk(FilesPerProcess))
        {
            var start = new ProcessStartInfo("capinfos", ["-c", "-M", "-T", "-r", .. some])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            };
            using Process process = Process.Start(start)!;
            process.ErrorDataReceived += static (_, _) => { }; // Complaints about damaged files.
            process.BeginErrorReadLine();
            while (process.StandardOutput.ReadLine() is { } line)
            {
                string[] fields = line.Split('\t');
                counts.Add(fields[0], long.Parse(fields[1]));
            }

            process.WaitForExit();
        }

        return counts;
    }
}
