using System.Diagnostics;
using Natflow.Memory;

namespace Natflow.Inspect.Tests.Truth;

/// <summary>Captures that nobody has seen before, against what they were made of and against what tshark sees in them.</summary>
public sealed class OwnCaptureTests : IDisposable
{
    private const int FlowCount = 400;

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Rows_OfFlowsInDisorder_AreThoseThatWereMade(int seed)
    {
        var capture = new OwnCapture(seed);
        capture.Write(_path, FlowCount);
        Assert.Equal(capture.Rows.Order(StringComparer.Ordinal), Rows().Order(StringComparer.Ordinal));
        Assert.True(capture.SwapCount > FlowCount / 4, "segments out of order are what it is about");
    }

    [ProgramTheory("tshark")]
    [InlineData(4)]
    [InlineData(5)]
    public void Names_OfFlowsInDisorder_AreThoseThatTsharkSees(int seed)
    {
        var capture = new OwnCapture(seed);
        capture.Write(_path, FlowCount);
        string[] expected = [.. Tshark().Order(StringComparer.Ordinal)];
        Assert.Equal(FlowCount, expected.Length);
        Assert.Equal(expected, Rows().Select(static row => row.Split('\t')).Select(static row => $"{row[1]} {row[2]} {row[0] switch { "http" => row[6], _ => row[5] }}").Distinct().Order(StringComparer.Ordinal));
    }

    private string[] Rows()
    {
        using var umem = new Umem(512, 1 << 17);
        using var pool = new ChunkPool(umem, 0, 512);
        return CaptureRows.Read(_path, umem, pool);
    }

    // Address, port and name of each request, hello and question.
    private HashSet<string> Tshark()
    {
        string[] fields = ["ip.src", "tcp.srcport", "udp.srcport", "http.host", "tls.handshake.extensions_server_name", "dns.qry.name"];
        string[] arguments =
        [
            "-n", "-r", _path, "-o", "tcp.reassemble_out_of_order:TRUE", "-Y", "http.request || tls.handshake.type == 1 || dns.flags.response == 0", "-T", "fields",
            .. fields.SelectMany(static field => (string[])["-e", field]),
        ];
        using Process process = Process.Start(new ProcessStartInfo("tshark", arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (process.StandardOutput.ReadLine() is { } line)
        {
            string[] row = line.Split('\t');
            seen.Add($"{row[0]} {row[1]}{row[2]} {row[3]}{row[4]}{row[5]}");
        }

        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return seen;
    }
}
