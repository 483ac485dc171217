using System.Globalization;

namespace Natflow.Host.Lab.Bench;

/// <summary>
/// What clients get of a user's limit by TCP and UDP, offloaded, with one connection and with twenty, alone and beside another user; what a greedy user does to
/// another's ping on a line that both share; and how soon a kick or a block is felt by a running download.
/// </summary>
/// <remarks>Rates are of IP packets at the receiver (<see cref="L3Meter"/>), as the meter has them, in a window behind the burst of the begin.</remarks>
public static class QosBench
{
    private const string LabName = "qos";
    private const int Port = 5301;
    private const int OtherPort = 5302;
    private const double Down = 10e6;
    private const double Up = 5e6;
    private const double LineDown = 95e6;
    private const int SecondsOfTraffic = 14;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private const string Limits = """
        natflow.offload { engine = xdp, flows = 4096 }
        natflow.users { rate-down = 10M, rate-up = 5M }
        """;

    private const string Shared = """
        natflow.offload { engine = xdp, flows = 4096 }
        natflow.qos.line { rate-down = 95M, rate-up = 95M }
        """;

    private static readonly (string Name, string Arguments, bool IsUp)[] LimitCases =
    [
        ("tcp down 10 Mbit/s", "-R", false),
        ("tcp up 5 Mbit/s", "", true),
        ("tcp down 10 Mbit/s 20 connections", "-R -P 20", false),
        ("tcp up 5 Mbit/s 20 connections", "-P 20", true),
        ("udp down 10 Mbit/s", "-R -u -b 15M -l 1400", false),
        ("udp up 5 Mbit/s", "-u -b 8M -l 1400", true),
        ("udp down 10 Mbit/s 20 connections", "-R -u -b 1M -l 1400 -P 20", false),
        ("udp up 5 Mbit/s 20 connections", "-u -b 500k -l 1400 -P 20", true),
    ];

    private const string BesideCase = "tcp down 10 Mbit/s beside another user";
    private const string OtherCase = "tcp down 10 Mbit/s of the other user";
    private const string ShareCase = "fair share";

    /// <summary>Measures every case.</summary>
    /// <param name="filter">Only cases whose name contains this.</param>
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

        bool IsWanted(string name) => name.Contains(filter, StringComparison.Ordinal);
        var figures = new List<ForwardFigure>();
        if (LimitCases.Any(test => IsWanted(test.Name)) || IsWanted(BesideCase) || IsWanted(OtherCase))
            await InLab(Limits, names => MeasureLimits(names, figures, IsWanted, progress, cancellation), cancellation);
        if (ShareCase.Contains(filter, StringComparison.Ordinal) || filter.StartsWith(ShareCase, StringComparison.Ordinal))
            await InLab(Shared, names => MeasureShare(names, figures, progress), cancellation);
        figures.AddRange(await CutBench.Run(filter, progress, cancellation));
        return [.. figures.Where(figure => IsWanted(figure.Case))];
    }

    /// <summary>Hosts on veth leave checksums to hardware that is not there, and a veth takes what XDP sends to its peer only when it has NAPI.</summary>
    internal static void Prepare(LabNames names)
    {
        foreach (string host in new[] { names.A, names.B, names.X })
            Inside(host, "ethtool -K eth0 tx off");
        Inside(names.Lan, "ethtool -K gw gro on");
        Inside(names.Wan, "ethtool -K gw gro on");
    }

    private static async Task InLab(string config, Action<LabNames> measure, CancellationToken cancellation)
    {
        var lab = new LabRun(new LabOptions(LabName) { Mode = LabMode.AfXdp, HasServers = false, ExtraConfig = config }, TimeProvider.System);
        await lab.Up(cancellation);
        try
        {
            Prepare(lab.Names);
            foreach (int port in new[] { Port, OtherPort })
                Inside(lab.Names.X, string.Create(CultureInfo.InvariantCulture, $"iperf3 -s -D -p {port}"));
            measure(lab.Names);
        }
        finally
        {
            lab.Down();
        }
    }

    private static void MeasureLimits(LabNames names, List<ForwardFigure> figures, Func<string, bool> isWanted, Action<string> progress, CancellationToken cancellation)
    {
        foreach ((string name, string arguments, bool isUp) in LimitCases.Where(test => isWanted(test.Name)))
        {
            cancellation.ThrowIfCancellationRequested();
            progress(name);
            Task traffic = Task.Run(() => Iperf(names.A, Port, arguments), cancellation);
            double rate = L3Meter.Measure(isUp ? names.X : names.A, Settle, Window);
            traffic.GetAwaiter().GetResult();
            figures.Add(new ForwardFigure(name, "bit/s", rate, isUp ? Up : Down));
        }

        if (!isWanted(BesideCase) && !isWanted(OtherCase))
            return;
        progress("two users");
        Task[] traffics = [Task.Run(() => Iperf(names.A, Port, "-R"), cancellation), Task.Run(() => Iperf(names.B, OtherPort, "-R"), cancellation)];
        Task<double> other = Task.Run(() => L3Meter.Measure(names.B, Settle, Window), cancellation);
        figures.Add(new ForwardFigure(BesideCase, "bit/s", L3Meter.Measure(names.A, Settle, Window), Down));
        figures.Add(new ForwardFigure(OtherCase, "bit/s", other.GetAwaiter().GetResult(), Down));
        Task.WhenAll(traffics).GetAwaiter().GetResult();
    }

    private static void MeasureShare(LabNames names, List<ForwardFigure> figures, Action<string> progress)
    {
        progress(ShareCase);
        Inside(names.Wan, "tc qdisc add dev gw root tbf rate 100mbit burst 64kb latency 200ms");
        Ping(names.B, 5);
        (double idle, _) = Ping(names.B, 20);
        Task traffic = Task.Run(() => Iperf(names.A, Port, "-R"));
        Task<double> greedy = Task.Run(() => L3Meter.Measure(names.A, Settle, Window));
        Ping(names.B, 20); // Until the stream is under way.
        (double loaded, double lost) = Ping(names.B, 50);
        figures.Add(new ForwardFigure("fair share ping added latency", "ms", loaded - idle, null));
        figures.Add(new ForwardFigure("fair share ping loss", "%", lost, null));
        figures.Add(new ForwardFigure("fair share greedy down 95 Mbit/s", "bit/s", greedy.GetAwaiter().GetResult(), LineDown));
        traffic.GetAwaiter().GetResult();
    }

    private static void Iperf(string host, int port, string arguments) =>
        Inside(host, string.Create(CultureInfo.InvariantCulture, $"iperf3 -J -c {LabPlan.HostX} -p {port} -t {SecondsOfTraffic} {arguments}"));

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
