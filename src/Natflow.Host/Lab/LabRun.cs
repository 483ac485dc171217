using System.Diagnostics;
using Natflow.Host.Live;
using Natflow.Netlink;

namespace Natflow.Host.Lab;

/// <summary>A lab: builds it, says how it is, removes it whatever happened.</summary>
/// <remarks>Needs root. One thread at a time; a lab belongs to no process: what one built, another removes.</remarks>
public sealed class LabRun
{
    internal const string RunRoot = "/run/natflow-lab";

    private readonly LabOptions _options;
    private readonly TimeProvider _clock;
    private readonly Action<LabNames> _build;
    private readonly List<string> _missing = [];

    /// <summary>Prepares; nothing is made yet.</summary>
    /// <param name="options">What lab.</param>
    /// <param name="clock">Time.</param>
    /// <exception cref="LabException">The name is none.</exception>
    public LabRun(LabOptions options, TimeProvider clock)
        : this(options, clock, LabTopology.Build)
    {
    }

    /// <summary>Prepares a lab with another network.</summary>
    /// <param name="options">What lab.</param>
    /// <param name="clock">Time.</param>
    /// <param name="build">Makes the namespaces, links, addresses and routes.</param>
    internal LabRun(LabOptions options, TimeProvider clock, Action<LabNames> build)
    {
        ArgumentNullException.ThrowIfNull(options);
        _build = build;
        _options = options;
        _clock = clock;
        Names = LabNames.For(options.Name);
        RunDirectory = Path.Combine(RunRoot, options.Name);
    }

    /// <summary>Names of the namespaces.</summary>
    public LabNames Names { get; }

    /// <summary>The gateway's run directory, with its configuration, control socket and logs.</summary>
    public string RunDirectory { get; }

    /// <summary>What the gateway and its servers wrote.</summary>
    public string GatewayLogPath => Path.Combine(RunDirectory, "gateway.log");

    /// <summary>Path of the gateway's configuration.</summary>
    public string ConfigPath => Path.Combine(RunDirectory, "natflow.conf");

    /// <summary>Builds the lab, and removes again what it made if it fails or is cancelled.</summary>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="progress">Told each step before it begins.</param>
    /// <exception cref="LabException">It is up already, or cannot be built.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task Up(CancellationToken cancellation, Action<string>? progress = null)
    {
        ThrowUnlessRoot();
        if (Status().State == "up")
            throw new LabException($"lab '{Names.Lab}' is up already; 'natflow lab status' shows it, 'natflow lab down' removes it");
        Down(); // What a crashed lab left.
        try
        {
            Directory.CreateDirectory(RunDirectory);
            WriteState(isUp: false);
            progress?.Invoke("hosts and links");
            _build(Names);
            WriteConfig();
            progress?.Invoke("servers and gateway");
            if (_options.HasServers)
                await StartServers(cancellation);
            if (_options.HasGateway)
                await StartGateway(cancellation);
            WriteState(isUp: true);
        }
        catch
        {
            Down();
            throw;
        }
    }

    /// <summary>Starts the gateway and waits until it forwards.</summary>
    /// <returns>Its process.</returns>
    /// <exception cref="LabException">It ended, or was not ready in time: with what it said.</exception>
    public async Task<Process> StartGateway(CancellationToken cancellation)
    {
        File.Delete(GatewayRun.ControlPath(RunDirectory)); // A killed gateway may still be ending, and take the question whether this one is ready.
        Process gateway = LabProcess.Start(Names.Gateway, GatewayLogPath, [.. LabPrograms.Natflow, "run", "--config", ConfigPath]);
        await LabWait.For("the gateway", GatewayLogPath, [gateway], () => LabWait.Answers(RunDirectory), _clock, cancellation);
        return gateway;
    }

    /// <summary>Ends every process of the lab and removes its namespaces and files. Any number of times, whatever state it is in.</summary>
    /// <exception cref="LabException">A tool refused.</exception>
    public void Down()
    {
        ThrowUnlessRoot();
        LabTopology.Remove(Names);
        if (Directory.Exists(RunDirectory))
            Directory.Delete(RunDirectory, recursive: true);
    }

    /// <summary>Whether namespaces of the lab are there, of whatever shape.</summary>
    public bool HasLeftovers => Names.Present().Count != 0;

    /// <summary>How the lab is now.</summary>
    public LabStatus Status()
    {
        LabState? state = LabState.Read(RunDirectory);
        LabHost[] hosts = [.. Hosts().Where(static host => NetworkNamespace.Exists(host.Namespace))];
        bool isWhole = state is { IsUp: true } && hosts.Length == Names.All.Count - 1;
        int? gateway = hosts.FirstOrDefault(static host => host.Host == "gw")?.Processes.Cast<int?>().FirstOrDefault();
        string text = hosts.Length == 0 && state is null ? "down" : isWhole && (gateway is not null || !_options.HasGateway) ? "up" : "broken";
        return new LabStatus(Names.Lab, text, gateway, RunDirectory, hosts, state?.Missing ?? []);
    }

    /// <summary>Refuses who may not make network namespaces.</summary>
    /// <exception cref="LabException">Not root.</exception>
    public static void ThrowUnlessRoot()
    {
        if (!Environment.IsPrivilegedProcess)
            throw new LabException("the lab makes network namespaces and needs root: run it with sudo");
    }

    private IEnumerable<LabHost> Hosts()
    {
        yield return Host("a", Names.A, LabPlan.HostA, LabPlan.HostA6);
        yield return Host("b", Names.B, LabPlan.HostB, LabPlan.HostB6);
        yield return Host("gw", Names.Gateway, LabPlan.GatewayInside, LabPlan.GatewayInside6, LabPlan.Public1, LabPlan.Public2, LabPlan.GatewayOutside6);
        yield return Host("wan", Names.Wan, LabPlan.Provider, LabPlan.Provider6, LabPlan.ProviderOutside);
        yield return Host("x", Names.X, LabPlan.HostX, LabPlan.HostX2, LabPlan.HostX6);
        yield return Host("y", Names.Y, LabPlan.HostY, LabPlan.HostY6);
    }

    private static LabHost Host(string host, string name, params string[] addresses) =>
        new(host, name, addresses, LabProcess.InNamespace(name), $"ip netns exec {name} bash");

    private void WriteState(bool isUp) =>
        new LabState(Names.Lab, _options.Mode, Names.All, ConfigPath, Environment.ProcessId, isUp, [.. _missing]).Write(RunDirectory);

    private void WriteConfig() => File.WriteAllText(ConfigPath, LabConfig.Text(_options, RunDirectory));

    private async Task StartServers(CancellationToken cancellation)
    {
        var started = new List<Process>();
        var ready = new List<string>();
        string log = Path.Combine(RunDirectory, "servers.log");
        foreach ((string name, string host) in new[] { (Names.X, "x"), (Names.Y, "y") })
        {
            string folder = Path.Combine(RunDirectory, host);
            Directory.CreateDirectory(folder);
            ready.Add(Path.Combine(folder, "ready"));
            started.Add(LabProcess.Start(name, log, [.. LabPrograms.Natflow, "lab", "serve", ready[^1]]));
            StartOptional(started, name, log, "vsftpd", LabPrograms.FtpServer(folder));
            StartOptional(started, name, log, "iperf3", LabPrograms.Iperf());
        }

        await LabWait.For("the servers", log, started, () => ready.All(File.Exists), _clock, cancellation);
    }

    private void StartOptional(List<Process> started, string name, string log, string program, IReadOnlyList<string>? command)
    {
        if (command is not null)
            started.Add(LabProcess.Start(name, log, command));
        else if (!_missing.Contains(program))
            _missing.Add(program);
    }
}
