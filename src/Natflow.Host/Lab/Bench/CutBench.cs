using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Natflow.Netlink;

namespace Natflow.Host.Lab.Bench;

/// <summary>
/// Time from the writing of <c>kick</c> or of a block to a device's socket until the last packet of the user's running download has come. The server sends each
/// millisecond and sleeps: one that spins would take the gateway's own processor from it, on a machine of two.
/// </summary>
internal static class CutBench
{
    private const string LabName = "cut";
    private const string Device = "natflow_userinfo_ctl";
    private const int Port = 7003;
    private const int Tries = 11;
    private const double LimitMs = 10;
    private const int PacketBytes = 1400;
    private const int RunningPackets = 300;
    private const int BurstPackets = 5; // 56 Mbit/s.
    private static readonly TimeSpan BurstInterval = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The measurements, by engine and command.</summary>
    internal static readonly (string Name, string Engine, string Command)[] Cases =
    [
        ("kick offloaded", "xdp", "kick"),
        ("kick not offloaded", "none", "kick"),
        ("block offloaded", "xdp", "block"),
        ("block not offloaded", "none", "block"),
    ];

    /// <summary>Measures some cases.</summary>
    /// <param name="filter">Only cases whose name has this in it.</param>
    /// <param name="progress">Told what comes next.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The middle one and the worst of some tries; the baseline is what is allowed.</returns>
    /// <exception cref="LabException">The traffic does not run, or goes on.</exception>
    internal static async Task<IReadOnlyList<ForwardFigure>> Run(string filter, Action<string> progress, CancellationToken cancellation)
    {
        var figures = new List<ForwardFigure>();
        foreach (string engine in new[] { "xdp", "none" })
        {
            (string Name, string Engine, string Command)[] wanted = [.. Cases.Where(test => test.Engine == engine && test.Name.Contains(filter, StringComparison.Ordinal))];
            if (wanted.Length == 0)
                continue;
            string config = $"natflow.offload {{ engine = {engine}, flows = 4096 }}\n";
            var lab = new LabRun(new LabOptions(LabName) { Mode = LabMode.AfXdp, HasServers = false, ExtraConfig = config }, TimeProvider.System);
            await lab.Up(cancellation);
            try
            {
                QosBench.Prepare(lab.Names);
                foreach ((string name, _, string command) in wanted)
                {
                    progress(name);
                    double[] times = await Measure(lab, engine, command, cancellation);
                    progress($"{name}: {string.Join(' ', times.Select(static time => time.ToString("F1", CultureInfo.InvariantCulture)))} ms");
                    figures.Add(new ForwardFigure(name, "ms", Rounds.Median(times), LimitMs));
                    figures.Add(new ForwardFigure($"{name} worst", "ms", times.Max(), LimitMs));
                }
            }
            finally
            {
                lab.Down();
            }
        }

        return figures;
    }

    private static async Task<double[]> Measure(LabRun lab, string engine, string command, CancellationToken cancellation)
    {
        using Socket inside = Bind(lab.Names.A, LabPlan.HostA);
        using Socket outside = Bind(lab.Names.X, LabPlan.HostX);
        double[] times = new double[Tries];
        for (int i = 0; i < Tries; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            EndPoint seen = await Begin(lab, engine, inside, outside, cancellation);
            times[i] = Cut(lab, command, inside, outside, seen);
        }

        return times;
    }

    // The flow runs both ways, and is where the case wants it.
    private static async Task<EndPoint> Begin(LabRun lab, string engine, Socket inside, Socket outside, CancellationToken cancellation)
    {
        byte[] packet = new byte[PacketBytes];
        EndPoint seen = new IPEndPoint(IPAddress.Any, 0);
        long start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < Patience)
        {
            Drain(inside);
            Drain(outside);
            inside.SendTo(packet, new IPEndPoint(IPAddress.Parse(LabPlan.HostX), Port));
            if (!outside.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectRead))
                continue;
            outside.ReceiveFrom(packet, ref seen);
            outside.SendTo(packet, seen);
            bool isAnswered = inside.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectRead);
            if (isAnswered && (engine == "none" || (await LabControl.Offload(lab.RunDirectory, cancellation)).Entries != 0))
                return seen;
        }

        throw new LabException("the flow that is to be cut does not begin");
    }

    private static double Cut(LabRun lab, string command, Socket inside, Socket outside, EndPoint seen)
    {
        var arrivals = new Arrivals(inside);
        using var end = new CancellationTokenSource();
        var sender = new Thread(() => Send(outside, seen, end.Token)) { Name = "sender" };
        sender.Start();
        try
        {
            if (!arrivals.TryReceive(RunningPackets, Patience))
                throw new LabException("the download does not run");
            long written = Write(lab.RunDirectory, command == "kick" ? $"kick {LabPlan.HostA}" : $"set-status {LabPlan.HostA} 6");
            if (!arrivals.TryReceiveUntilSilent(Silence, Patience))
                throw new LabException($"the download goes on after {command}");
            return Math.Max(0, TimeProvider.System.GetElapsedTime(written, arrivals.LastTimestamp).TotalMilliseconds);
        }
        finally
        {
            end.Cancel();
            sender.Join();
            if (command == "block")
                _ = Write(lab.RunDirectory, $"set-status {LabPlan.HostA} 0");
        }
    }

    // When the line went out: what connecting takes is no part of the command.
    private static long Write(string runDirectory, string line)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = (int)Patience.TotalMilliseconds };
        socket.Connect(new UnixDomainSocketEndPoint(Path.Combine(runDirectory, Device)));
        long written = TimeProvider.System.GetTimestamp();
        socket.Send(Encoding.ASCII.GetBytes(line + "\n"));
        return written;
    }

    private static void Send(Socket socket, EndPoint to, CancellationToken end)
    {
        byte[] packet = new byte[PacketBytes];
        while (!end.IsCancellationRequested)
        {
            for (int i = 0; i < BurstPackets; i++)
                _ = socket.SendTo(packet, to);
            _ = end.WaitHandle.WaitOne(BurstInterval);
        }
    }

    private static void Drain(Socket socket)
    {
        byte[] packet = new byte[PacketBytes];
        while (socket.Poll(TimeSpan.Zero, SelectMode.SelectRead))
            _ = socket.Receive(packet);
    }

    private static Socket Bind(string host, string address) => NetworkNamespace.Run(host, () =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 1 << 20 };
        socket.Bind(new IPEndPoint(IPAddress.Parse(address), Port));
        return socket;
    });

    // What comes, and when the last of it came.
    private sealed class Arrivals(Socket socket)
    {
        private readonly byte[] _packet = new byte[PacketBytes];

        internal long LastTimestamp { get; private set; } = TimeProvider.System.GetTimestamp();

        internal bool TryReceive(int count, TimeSpan patience)
        {
            for (int i = 0; i < count; i++)
            {
                if (!TryReceive(patience))
                    return false;
            }

            return true;
        }

        internal bool TryReceiveUntilSilent(TimeSpan silence, TimeSpan patience)
        {
            long start = TimeProvider.System.GetTimestamp();
            while (TimeProvider.System.GetElapsedTime(start) < patience)
            {
                if (!TryReceive(silence))
                    return true;
            }

            return false;
        }

        private bool TryReceive(TimeSpan patience)
        {
            if (!socket.Poll(patience, SelectMode.SelectRead))
                return false;
            _ = socket.Receive(_packet);
            LastTimestamp = TimeProvider.System.GetTimestamp();
            return true;
        }
    }
}
