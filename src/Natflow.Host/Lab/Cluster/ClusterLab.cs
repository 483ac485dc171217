using System.Diagnostics;
using System.Globalization;
using Natflow.Netlink;

namespace Natflow.Host.Lab.Cluster;

/// <summary>A lab of several gateways with an etcd of three members: builds it, kills and pauses what it is told to, removes it whatever happened.</summary>
/// <remarks>Needs root and etcd. One thread at a time.</remarks>
public sealed class ClusterLab
{
    private const string EtcdProgram = "etcd";
    private const int NodesMax = 3;

    private readonly ClusterLabOptions _options;
    private readonly TimeProvider _clock;
    private readonly ClusterLabDatabase _database;

    /// <summary>Prepares; nothing is made yet.</summary>
    /// <param name="options">What lab.</param>
    /// <param name="clock">Time.</param>
    /// <exception cref="LabException">The name is none, or the number of nodes.</exception>
    public ClusterLab(ClusterLabOptions options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Nodes is < 2 or > NodesMax)
            throw new LabException($"--nodes {options.Nodes}: 2 or 3 make a cluster");
        _options = options;
        _clock = clock;
        Names = LabNames.For(options.Name);
        RunDirectory = Path.Combine(LabRun.RunRoot, options.Name);
        _database = new ClusterLabDatabase(ClusterLabTopology.Database(Names), Path.Combine(RunDirectory, "postgresql"), clock);
    }

    /// <summary>Names of the namespaces of hosts and switches.</summary>
    public LabNames Names { get; }

    /// <summary>Folder of everything that the lab keeps.</summary>
    public string RunDirectory { get; }

    /// <summary>Numbers of the gateways.</summary>
    public IEnumerable<int> Nodes => Enumerable.Range(1, _options.Nodes);

    /// <summary>Whether what the lab needs is installed.</summary>
    public static bool IsEtcdInstalled => LabTool.Find(EtcdProgram) is not null;

    /// <summary>Whether PostgreSQL is.</summary>
    public static bool IsPostgreSqlInstalled => ClusterLabDatabase.Programs is not null;

    /// <summary>Gateways of a lab of several that stands, or of which something is left; 0 where there is none of that name.</summary>
    /// <param name="name">Name of the lab.</param>
    public static int FindNodes(string name) => Enumerable.Range(1, NodesMax).Count(node => Directory.Exists(Path.Combine(LabRun.RunRoot, LabNames.For(name).Lab, ClusterLabPlan.Node(node))));

    /// <summary>Namespace of a gateway; the first is 1.</summary>
    public string Gateway(int node) => ClusterLabTopology.Gateway(Names, node);

    /// <summary>Namespace of a member of etcd; the first is 1.</summary>
    public string Etcd(int member) => ClusterLabTopology.Etcd(Names, member);

    /// <summary>Run directory of a gateway.</summary>
    public string RunDirectoryOf(int node) => Path.Combine(RunDirectory, ClusterLabPlan.Node(node));

    /// <summary>Path of a gateway's configuration.</summary>
    public string ConfigPath(int node) => Path.Combine(RunDirectoryOf(node), "natflow.conf");

    /// <summary>What a gateway wrote.</summary>
    public string LogPath(int node) => Path.Combine(RunDirectoryOf(node), "gateway.log");

    /// <summary>Builds the lab and waits until each gateway answers; removes again what it made if it fails.</summary>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="progress">Told each step before it begins.</param>
    /// <exception cref="LabException">It is up already, or cannot be built.</exception>
    public async Task Up(CancellationToken cancellation, Action<string>? progress = null)
    {
        LabRun.ThrowUnlessRoot();
        if (!IsEtcdInstalled)
            throw new LabException("'etcd' is not installed; on Debian: apt install etcd-server");
        Down();
        try
        {
            Directory.CreateDirectory(RunDirectory);
            progress?.Invoke("hosts and links");
            ClusterLabTopology.Build(Names, _options.Nodes, _options.HasDatabase);
            progress?.Invoke("etcd");
            foreach (int member in Enumerable.Range(1, ClusterLabPlan.EtcdMembers))
                StartEtcd(member);
            await MakeDatabase(progress, cancellation);
            if (_options.HasServers)
                await StartServers(cancellation);
            progress?.Invoke("gateways");
            Process[] gateways = [.. Nodes.Select(LaunchNode)];
            foreach (int node in Nodes)
                await LabWait.For($"gateway {ClusterLabPlan.Node(node)}", LogPath(node), gateways, () => LabWait.Answers(RunDirectoryOf(node)), _clock, cancellation);
        }
        catch
        {
            Down();
            throw;
        }
    }

    /// <summary>Ends every process of the lab and removes its namespaces and files. Any number of times.</summary>
    public void Down()
    {
        LabRun.ThrowUnlessRoot();
        foreach (int id in Names.Present().SelectMany(LabProcess.InNamespace).ToArray())
            Signal(id, "CONT"); // A stopped one would not go.
        _database.Kill();
        LabTopology.Remove(Names);
        if (Directory.Exists(RunDirectory))
            Directory.Delete(RunDirectory, recursive: true);
    }

    /// <summary>Starts a gateway and waits until it answers; it may own nothing yet.</summary>
    public async Task StartNode(int node, CancellationToken cancellation)
    {
        Process gateway = LaunchNode(node);
        await LabWait.For($"gateway {ClusterLabPlan.Node(node)}", LogPath(node), [gateway], () => LabWait.Answers(RunDirectoryOf(node)), _clock, cancellation);
    }

    /// <summary>Ends a gateway at once, as <c>kill -9</c> does.</summary>
    public void KillNode(int node) => SignalAll(Gateway(node), "KILL");

    /// <summary>Asks a gateway to end in order: it gives its shards away first.</summary>
    public void StopNode(int node) => SignalAll(Gateway(node), "TERM");

    /// <summary>Stops a gateway's process where it is, as a paused virtual machine.</summary>
    public void PauseNode(int node) => SignalAll(Gateway(node), "STOP");

    /// <summary>Lets a paused gateway go on.</summary>
    public void ResumeNode(int node) => SignalAll(Gateway(node), "CONT");

    /// <summary>Cuts all links of a gateway, at the switches: the other ends see nothing but silence.</summary>
    public void CutNode(int node) => SetLinks(node, "down");

    /// <summary>Puts them back.</summary>
    public void HealNode(int node) => SetLinks(node, "up");

    /// <summary>Ends PostgreSQL at once, as when its machine crashes.</summary>
    public void KillDatabase() => _database.Kill();

    /// <summary>Starts PostgreSQL again.</summary>
    public Task StartDatabase(CancellationToken cancellation) => _database.Start(cancellation);

    /// <summary>Ends a member of etcd at once.</summary>
    public void KillEtcd(int member) => SignalAll(Etcd(member), "KILL");

    /// <summary>The member of etcd that leads; 0 while none does.</summary>
    public int EtcdLeader() => Enumerable.Range(1, ClusterLabPlan.EtcdMembers).FirstOrDefault(member => EtcdMember.IsLeader(Etcd(member), ClusterLabPlan.Etcd(member)));

    /// <summary>Starts a member of etcd, again or for the first time.</summary>
    public void StartEtcd(int member)
    {
        string folder = Path.Combine(RunDirectory, string.Create(CultureInfo.InvariantCulture, $"e{member}"));
        Directory.CreateDirectory(folder);
        string address = ClusterLabPlan.Etcd(member);
        string cluster = string.Join(',', Enumerable.Range(1, ClusterLabPlan.EtcdMembers).Select(static i => string.Create(CultureInfo.InvariantCulture, $"e{i}=http://{ClusterLabPlan.Etcd(i)}:2380")));
        _ = LabProcess.Start(Etcd(member), Path.Combine(RunDirectory, "etcd.log"),
        [
            EtcdProgram, "--name", string.Create(CultureInfo.InvariantCulture, $"e{member}"), "--data-dir", folder,
            "--listen-client-urls", $"http://{address}:2379", "--advertise-client-urls", $"http://{address}:2379",
            "--listen-peer-urls", $"http://{address}:2380", "--initial-advertise-peer-urls", $"http://{address}:2380",
            "--initial-cluster", cluster, "--heartbeat-interval", "60", "--election-timeout", "600", "--pre-vote",
            "--unsafe-no-fsync", "--log-level", "error", "--logger", "zap", "--auto-compaction-mode", "revision", "--auto-compaction-retention", "1000",
        ]);
    }

    /// <summary>How the lab is now.</summary>
    public LabStatus Status()
    {
        int prefix = Names.Of(string.Empty).Length;
        LabHost[] hosts = [.. Names.Present().Order(StringComparer.Ordinal).Select(name =>
            new LabHost(name[prefix..], name, ClusterLabPlan.AddressesOf(name[prefix..]), LabProcess.InNamespace(name), $"ip netns exec {name} bash"))];
        bool isWhole = Nodes.All(node => NetworkNamespace.Exists(Gateway(node)) && LabWait.Answers(RunDirectoryOf(node)));
        return new LabStatus(Names.Lab, hosts.Length == 0 ? "down" : isWhole ? "up" : "broken", null, RunDirectoryOf(1), hosts, []);
    }

    private Process LaunchNode(int node)
    {
        Directory.CreateDirectory(RunDirectoryOf(node));
        File.WriteAllText(ConfigPath(node), ClusterLabConfig.Text(_options, node, RunDirectoryOf(node)));
        string ahead = _options.ClockAheadSeconds.ToString(CultureInfo.InvariantCulture);
        string[] clock = node == 1 && _options.ClockAheadSeconds != 0 ? ["unshare", "--fork", "--time", "--monotonic", ahead, "--boottime", ahead] : [];
        return LabProcess.Start(Gateway(node), LogPath(node), [.. clock, .. LabPrograms.Natflow, "run", "--config", ConfigPath(node)]);
    }

    private async Task MakeDatabase(Action<string>? progress, CancellationToken cancellation)
    {
        if (!_options.HasDatabase)
            return;
        progress?.Invoke("PostgreSQL");
        _database.Make();
        await _database.Start(cancellation);
    }

    private async Task StartServers(CancellationToken cancellation)
    {
        string log = Path.Combine(RunDirectory, "servers.log");
        string[] ready = [Path.Combine(RunDirectory, "x.ready"), Path.Combine(RunDirectory, "y.ready")];
        Process[] started = [.. new[] { Names.X, Names.Y }.Zip(ready, (name, file) => LabProcess.Start(name, log, [.. LabPrograms.Natflow, "lab", "serve", file]))];
        await LabWait.For("the servers", log, started, () => ready.All(File.Exists), _clock, cancellation);
    }

    private void SetLinks(int node, string state)
    {
        foreach (string side in new[] { Names.Lan, Names.Wan, Names.Of(ClusterLabTopology.ControlRole) })
            LabTopology.Batch([$"link set dev {ClusterLabPlan.Node(node)} {state}"], side);
    }

    private static void SignalAll(string name, string signal)
    {
        foreach (int id in LabProcess.InNamespace(name))
            Signal(id, signal);
    }

    private static void Signal(int processId, string signal) => _ = LabTool.TryRun(["kill", $"-{signal}", processId.ToString(CultureInfo.InvariantCulture)]);
}
