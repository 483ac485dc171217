using System.Globalization;
using System.Text.Json;

namespace Natflow.Host.Lab.Bench;

/// <summary>
/// What clients get of a user's limit by TCP and UDP, offloaded, with one connection and with twenty, alone and beside another user; and what a greedy user does to
/// another's ping on a line that both share.
/// </summary>
/// <remarks>Rates are of IP packets: what iperf3 counts as payload is scaled by the headers of full packets.</remarks>
public static class QosBench
{
    private const string LabName = "qos";
    private const int Port = 5301;
    private const int OtherPort = 5302;
    private const double Down = 10e6;
    private const double Up = 5e6;
    private const double L3PerTcpByte = 1500.0 / 1448; // 20 bytes of IP, 20 of TCP, 12 of timestamps.
    private const double L3PerUdpByte = 1428.0 / 1400;

    private const string Limits = """
        natflow.offload { engine = xdp, flows = 4096 }
        natflow.users { rate-down = 10M, rate-up = 5M }
        """;

    private const string Shared = """
        natflow.offload { engine = xdp, flows = 4096 }
        natflow.qos.line { rate-down = 95M, rate-up = 95M }
        """;

    /// <summary>Measures every case.</summary>
    /// <param name="filter">Only figures whose case contains this.</param>
    /// <param name="progress">Told what comes next.</param>
    /// <param name="cancellation">Ends it; what was made is removed.</param>
    /// <exception cref="LabException">Not root, or a program is missing.</exception>
    public static async Task<IReadOnlyList<ForwardFigure>> Run(string filter, Action<string> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(progress);
        foreach (string program in new[] { "iperf3", "ethtool", "tc", "ping" })
        {
            if (LabTool.Find(program) is null)
                throw new LabException($"'{program}' is not installed; on Debian: apt install iperf3 ethtool iproute2 iputils-ping");
        }

        var figures = new List<ForwardFigure>();
        await InLab(Limits, names => MeasureLimits(names, figures, progress, cancellation), cancellation);
        await InLab(Shared, names => MeasureShare(names, figures, progress), cancellation);
        return [.. figures.Where(figure => figure.Case.Contains(filter, StringComparison.Ordinal))];
    }

    private static async Task InLab(string config, Action<LabNames> measure, CancellationToken cancellation)
    {
        var lab = new LabRun(new LabOptions(LabName) { Mode = LabMode.AfXdp, HasServers = false, ExtraConfig = config }, TimeProvider.System);
        await lab.Up(cancellation);
        try
        {
            // Hosts on veth leave checksums to hardware that is not there, and a veth takes what XDP sends to its peer only when it has NAPI.
            foreach (string host in new[] { lab.Names.A, lab.Names.B, lab.Names.X })
                Inside(host, "ethtool -K eth0 tx off");
            Inside(lab.Names.Lan, "ethtool -K gw gro on");
            Inside(lab.Names.Wan, "ethtool -K gw gro on");
            foreach (int port in new[] { Port, OtherPort })
                Inside(lab.Names.X, string.Create(CultureInfo.InvariantCulture, $"iperf3 -s -D -p {port}"));
            measure(lab.Names);
        }
        finally
        {
            lab.Down();
        }
    }

    private static void MeasureLimits(LabNames names, List<ForwardFigure> figures, Action<string> progress, CancellationToken cancellation)
    {
        foreach ((string name, string arguments, double limit, double scale) in new[]
        {
            ("tcp down 10 Mbit/s", "-R", Down, L3PerTcpByte),
            ("tcp up 5 Mbit/s", "", Up, L3PerTcpByte),
            ("tcp down 10 Mbit/s 20 connections", "-R -P 20", Down, L3PerTcpByte),
            ("tcp up 5 Mbit/s 20 connections", "-P 20", Up, L3PerTcpByte),
            ("udp down 10 Mbit/s", "-R -u -b 15M -l 1400", Down, L3PerUdpByte),
            ("udp up 5 Mbit/s", "-u -b 8M -l 1400", Up, L3PerUdpByte),
        })
        {
            cancellation.ThrowIfCancellationRequested();
            progress(name);
            figures.Add(new ForwardFigure(name, "bit/s", Iperf(names.A, Port, arguments) * scale, limit));
        }

        progress("two users");
        Task<double> other = Task.Run(() => Iperf(names.B, OtherPort, "-R") * L3PerTcpByte, cancellation);
        figures.Add(new ForwardFigure("tcp down 10 Mbit/s beside another user", "bit/s", Iperf(names.A, Port, "-R") * L3PerTcpByte, Down));
        figures.Add(new ForwardFigure("tcp down 10 Mbit/s of the other user", "bit/s", other.GetAwaiter().GetResult(), Down));
    }

    private static void MeasureShare(LabNames names, List<ForwardFigure> figures, Action<string> progress)
    {
        progress("fair share");
        Inside(names.Wan, "tc qdisc add dev gw root tbf rate 100mbit burst 64kb latency 200ms");
        Ping(names.B, 5);
        (double idle, _) = Ping(names.B, 20);
        Task<double> greedy = Task.Run(() => Iperf(names.A, Port, "-R") * L3PerTcpByte);
        Ping(names.B, 20); // Until the stream is under way.
        (double loaded, double lost) = Ping(names.B, 50);
        figures.Add(new ForwardFigure("fair share ping added latency", "ms", loaded - idle, null));
        figures.Add(new ForwardFigure("fair share ping loss", "%", lost, null));
        figures.Add(new ForwardFigure("fair share greedy down 95 Mbit/s", "bit/s", greedy.GetAwaiter().GetResult(), 95e6));
    }

    // The first seconds hold the burst that a silent user has in hand.
    private static double Iperf(string host, int port, string arguments)
    {
        string json = Inside(host, string.Create(CultureInfo.InvariantCulture, $"iperf3 -J -c {LabPlan.HostX} -p {port} -O 2 -t 8 {arguments}"));
        using var document = JsonDocument.Parse(json);
        JsonElement end = document.RootElement.GetProperty("end");
        if (end.TryGetProperty("sum_received", out JsonElement received) && received.GetProperty("bits_per_second").GetDouble() is > 0 and double rate)
            return rate;
        JsonElement sum = end.GetProperty("sum");
        return sum.GetProperty("bits_per_second").GetDouble() * (1 - (sum.GetProperty("lost_percent").GetDouble() / 100));
    }

    private static (double AverageMs, double LostPercent) Ping(string host, int count)
    {
        string text = Inside(host, string.Create(CultureInfo.InvariantCulture, $"ping -q -c {count} -i 0.1 -W 1 {LabPlan.HostX}"));
        string loss = text[..text.IndexOf("% packet loss", StringComparison.Ordinal)];
        string times = text[(text.LastIndexOf('=') + 1)..];
        return (
            double.Parse(times.Split('/')[1], CultureInfo.InvariantCulture),
            double.Parse(loss[(loss.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    private static string Inside(string host, string command) =>
        LabTool.Run(["ip", "netns", "exec", host, .. command.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
}
