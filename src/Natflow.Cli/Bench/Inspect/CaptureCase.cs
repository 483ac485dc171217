using System.Diagnostics;
using System.Text;
using Natflow.Cli.Demo;
using Natflow.Inspect.Build;
using Natflow.Ports.Pcap;

namespace Natflow.Cli.Bench.Inspect;

/// <summary>
/// A capture of requests and hellos, <c>natflow replay --observe</c> as a process of its own: with <c>--url-log</c> beside tshark with the same fields, and with
/// <c>--apps</c> too beside ndpiReader, where these are installed.
/// </summary>
internal static class CaptureCase
{
    /// <summary>Beginning of both names.</summary>
    internal const string Name = "capture to url log";

    private const string NameWithApps = Name + " and apps";

    private const int FlowCount = 15_000;

    // Kept in memory at once.
    private const int FlowsPerRun = 1_000;
    private const int Repetitions = 3;
    private const int BodySegments = 4;
    private const int SegmentBytes = 1400;

    /// <summary>Runs it.</summary>
    internal static async Task<IReadOnlyList<BenchRow>> Run()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("natflow-bench-");
        try
        {
            string capture = Path.Combine(folder.FullName, "capture.pcap");
            int packets = Write(capture);
            string self = Path.Combine(AppContext.BaseDirectory, "natflow"); // The process may be dotnet itself.
            string[] ours = ["replay", capture, "--observe", "--url-log", Path.Combine(folder.FullName, "log.tsv"), "--json"];
            string[] theirs =
            [
                "-n", "-r", capture, "-Y", "http.request || tls.handshake.type==1 || (dns.flags.response==0)", "-T", "fields", "-e", "ip.src", "-e", "tcp.srcport",
                "-e", "ip.dst", "-e", "tcp.dstport", "-e", "http.request.method", "-e", "http.host", "-e", "http.request.uri",
                "-e", "tls.handshake.extensions_server_name", "-e", "dns.qry.name",
            ];
            string[] withApps = [.. ours, "--apps", Path.Combine(folder.FullName, "apps.tsv")];
            string[] classifier = ["-i", capture, "-q"];
            return
            [
                await Compare(Name, packets, self, ours, "tshark", theirs),
                await Compare(NameWithApps, packets, self, withApps, "ndpiReader", classifier),
            ];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<BenchRow> Compare(string name, int packets, string self, string[] ours, string other, string[] theirs)
    {
        double[] ourSeconds = new double[Repetitions];
        double?[] theirSeconds = new double?[Repetitions];
        for (int i = 0; i < Repetitions; i++)
        {
            ourSeconds[i] = await Time(self, ours) ?? throw new InvalidOperationException("the replay failed");
            theirSeconds[i] = await Time(other, theirs);
        }

        double? baseline = theirSeconds.Order().ElementAt(Repetitions / 2);
        return new BenchRow(name, "packet/s", packets / ourSeconds.Order().ElementAt(Repetitions / 2), packets / baseline);
    }

    private static async Task<double?> Time(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        long begin = TimeProvider.System.GetTimestamp();
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            _ = await output;
            _ = await errors;
            return process.ExitCode == 0 ? TimeProvider.System.GetElapsedTime(begin).TotalSeconds : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // Not installed.
        }
    }

    private static int Write(string path)
    {
        if (!PcapWriter.TryCreate(path, out PcapWriter? writer, out CaptureError? error))
            throw new IOException(error.ToString());
        using (writer)
            return Enumerable.Range(0, FlowCount / FlowsPerRun).Sum(run => Write(writer, run * FlowsPerRun));
    }

    private static int Write(PcapWriter writer, int firstFlow)
    {
        const long flowNs = 500_000;
        var log = new OfficeLog();
        byte[] body = new byte[BodySegments * SegmentBytes];
        for (int flow = firstFlow; flow < firstFlow + FlowsPerRun; flow++)
        {
            log.Begin("flow");
            var talk = new TcpTalk(log, 0x0A00_0001u + (uint)flow, (ushort)(20_000 + flow), 0xC000_0201u + (uint)(flow % 199), 443, flow * flowNs, roundTripNs: 1_000_000);
            talk.Open();
            talk.Ask(First(flow));
            talk.Answer(body);
            talk.Close();
        }

        log.WriteTo(writer);
        return log.FrameCount;
    }

    private static byte[] First(int flow)
    {
        string host = $"host{flow % 997}.example{flow % 31}.org";
        return (flow % 3) switch
        {
            0 => Encoding.ASCII.GetBytes($"GET /item/{flow} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"),
            1 => ClientHelloBuilder.Records(ClientHelloBuilder.Message(Encoding.ASCII.GetBytes(host), keyShareBytes: 1220)),
            _ => ClientHelloBuilder.Records(ClientHelloBuilder.Message(Encoding.ASCII.GetBytes(host))),
        };
    }
}
