using System.Diagnostics;
using Natflow.Journal.Events;
using Natflow.Journal.Ipfix;
using Natflow.Journal.Tests.Stores;

namespace Natflow.Journal.Tests.Ipfix;

public sealed class IpfixExportTests
{
    private const string Tshark = "/usr/bin/tshark";

    [TsharkFact]
    public void LOG01_Export_IsReadByAnotherProgram()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("nf-ipfix-").FullName, "nat.ipfix");
        using (FileStream file = File.Create(path))
        {
            var export = new IpfixExport(message => file.Write(message.Span));
            foreach (IJournalEvent item in Events())
                Assert.True(export.Add(Entries.Make("nat-0", "{}", 5), item));
            Assert.False(export.Add(Entries.Make("users", "{}"), new UserSeen("10.0.0.1", 0)));
            export.Flush();
            Assert.Equal(105u, export.RecordCount);
        }

        string[] lines = Read(path);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        Assert.DoesNotContain(lines, static line => line.Contains("Malformed", StringComparison.OrdinalIgnoreCase));
        string text = string.Join('\n', lines);
        Assert.Equal(50, Count(lines, "NAT Event: NAT44 session create", "natEvent: 4", "(4)"));
        Assert.Contains("203.0.113.7", text, StringComparison.Ordinal);
        Assert.Contains("2001:db8::5", text, StringComparison.Ordinal);
        Assert.Contains("1151", text, StringComparison.Ordinal);
    }

    private static int Count(string[] lines, params string[] words) =>
        lines.Count(line => line.Contains("Nat Event", StringComparison.OrdinalIgnoreCase) && words.Any(word => line.Contains(word, StringComparison.OrdinalIgnoreCase)));

    private static IEnumerable<IJournalEvent> Events()
    {
        yield return new PortBlockAllocated("10.0.0.1", 3, 0, "203.0.113.7", 1024, 128);
        yield return new PortBlockAllocated("2001:db8::5", 0, 0, "203.0.113.7", 1152, 128);
        yield return new PoolThresholdReached(0);
        for (int i = 0; i < 50; i++)
        {
            yield return new SessionOpened("10.0.0.1", 0, 6, 40000 + i, "203.0.113.7", 1024 + i, "198.51.100.1", 443);
            yield return new SessionClosed("10.0.0.1", 0, 6, 40000 + i, "203.0.113.7", 1024 + i, "198.51.100.1", 443, 100, 200);
        }

        yield return new PortBlockReleased("10.0.0.1", 3, 0, "203.0.113.7", 1024, 128);
        yield return new PortBlockReleased("2001:db8::5", 0, 0, "203.0.113.7", 1152, 128);
    }

    private static string[] Read(string path)
    {
        var start = new ProcessStartInfo(Tshark) { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (string argument in new[] { "-r", path, "-V" })
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text.Split('\n');
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class TsharkFactAttribute : FactAttribute
    {
        public TsharkFactAttribute() => Skip = File.Exists(Tshark) ? null : "tshark is not installed";
    }
}
