using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Natflow.Host.Lab;
using Natflow.Host.Live;
using Natflow.Management.Control;

namespace Natflow.Lab.Topology;

/// <summary>A lab of one test class, with a name no other run uses.</summary>
public sealed class TestLab : IAsyncDisposable
{
    private const int LastWordsChars = 4000;
    private static readonly Lock Sweeping = new(); // Two labs that start at once would both remove the same.
    private static int _lastNumber;
    private readonly LabRun _run;

    private TestLab(LabRun run) => _run = run;

    /// <summary>Host A, inside.</summary>
    public LabHostShell A => new(_run.Names.A);

    /// <summary>Host B, inside.</summary>
    public LabHostShell B => new(_run.Names.B);

    /// <summary>The gateway's box.</summary>
    public LabHostShell Gateway => new(_run.Names.Gateway);

    /// <summary>The switch inside.</summary>
    public LabHostShell Lan => new(_run.Names.Lan);

    /// <summary>The provider's router.</summary>
    public LabHostShell Wan => new(_run.Names.Wan);

    /// <summary>Host X, outside.</summary>
    public LabHostShell X => new(_run.Names.X);

    /// <summary>Host Y, outside.</summary>
    public LabHostShell Y => new(_run.Names.Y);

    /// <summary>Path of the gateway's configuration.</summary>
    public string ConfigPath => _run.ConfigPath;

    /// <summary>The gateway's run directory.</summary>
    public string RunDirectory => _run.RunDirectory;

    /// <summary>What the gateway wrote so far.</summary>
    public string GatewayLog => File.Exists(_run.GatewayLogPath) ? File.ReadAllText(_run.GatewayLogPath) : string.Empty;

    /// <summary>The end of it.</summary>
    internal string LastWords => GatewayLog is { Length: > LastWordsChars } log ? log[^LastWordsChars..] : GatewayLog;

    /// <summary>Id of the gateway's process, or null.</summary>
    public int? GatewayProcessId => _run.Status().GatewayProcessId;

    /// <summary>Ids of all processes on the gateway's box.</summary>
    public IReadOnlyList<int> GatewayProcesses() => _run.Status().Hosts.Single(static host => host.Host == "gw").Processes;

    /// <summary>The program's own words of a command line.</summary>
    public static string[] Natflow => ["dotnet", Path.Combine(AppContext.BaseDirectory, "natflow.dll")];

    /// <summary>Builds one.</summary>
    internal static async Task<TestLab> Up(LabMode mode, string extraConfig = "", bool hasGateway = true)
    {
        lock (Sweeping)
            Sweep();
        string name = string.Create(CultureInfo.InvariantCulture, $"t{Environment.ProcessId}n{Interlocked.Increment(ref _lastNumber)}");
        var run = new LabRun(new LabOptions(name) { Mode = mode, ExtraConfig = extraConfig, HasGateway = hasGateway }, TimeProvider.System);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => run.Down(); // When the test run is stopped half-way.
        await run.Up(CancellationToken.None);
        return new TestLab(run);
    }

    /// <summary>Starts the gateway again and waits until it forwards.</summary>
    public Task<Process> StartGateway() => _run.StartGateway(CancellationToken.None);

    /// <summary>Asks the gateway.</summary>
    internal async Task<T> Ask<T>(string resource, JsonTypeInfo<T> type)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(GatewayRun.ControlPath(RunDirectory)), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        http.Timeout = TimeSpan.FromSeconds(10);
        try
        {
            await using Stream answer = await http.GetStreamAsync(new Uri($"http://natflow{resource}"));
            return (await JsonSerializer.DeserializeAsync(answer, type))!;
        }
        catch (HttpRequestException error)
        {
            string state = GatewayProcessId is { } id ? $"runs as {id}" : "has ended";
            throw new InvalidOperationException($"{resource}: {error.Message} The gateway {state}; its last words: {LastWords}", error);
        }
    }

    /// <summary>The gateway's counters.</summary>
    internal Task<CountersModel> Counters() => Ask("/v1/counters", ControlJson.Default.CountersModel);

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        _run.Down();
        return ValueTask.CompletedTask;
    }

    // What a killed test process left: labs of processes that are gone.
    private static void Sweep()
    {
        if (!Directory.Exists("/run/netns")) return;
        IEnumerable<string> labs = Directory.EnumerateFiles("/run/netns", "nf-t*n*-gw").Select(static path => Path.GetFileName(path).Split('-')[1]);
        foreach (string lab in labs.ToArray())
        {
            string owner = lab[1..lab.IndexOf('n', StringComparison.Ordinal)];
            if (int.TryParse(owner, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && !Directory.Exists($"/proc/{id}"))
                new LabRun(new LabOptions(lab), TimeProvider.System).Down();
        }
    }
}
