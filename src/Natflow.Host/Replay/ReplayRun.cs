using Natflow.Actors;
using Natflow.Flows;
using Natflow.Flows.Alg;
using Natflow.Gateway.Replay;
using Natflow.Memory;
using Natflow.Ports.Pcap;

namespace Natflow.Host.Replay;

/// <summary>Puts a replay together and runs it.</summary>
public sealed class ReplayRun
{
    // Fixed, so that two runs over the same capture give the same output.
    private const ulong Seed = 0x6E61_7466_6C6F_7700;
    private const int ChunkCount = 512;
    private const int ChunkBytes = 1 << 17;
    private const int UserCapacity = 1 << 18;

    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(250);

    private readonly ReplayOptions _options;
    private readonly NatSettings _nat;

    /// <summary>Prepares a replay.</summary>
    /// <param name="options">What the operator asked; <see cref="Validate"/> found nothing wrong with it.</param>
    public ReplayRun(ReplayOptions options)
    {
        _options = options;
        _nat = SettingsOf(options);
    }

    /// <summary>Everything that contradicts itself, in words for the operator.</summary>
    public static IReadOnlyList<string> Validate(ReplayOptions options)
    {
        var errors = new List<string>();
        if (options.Captures.Count == 0)
            errors.Add("at least one capture is needed");
        if (options.Captures.Any(string.IsNullOrWhiteSpace))
            errors.Add("a capture's name is empty");
        if (options.OutputPath is { } output && options.Captures.Any(capture => IsSameFile(capture, output)))
            errors.Add($"--out {output}: is one of the captures to be read");
        if (options.UrlLogPath is { } urlLog && options.Captures.Append(options.OutputPath ?? string.Empty).Any(file => IsSameFile(file, urlLog)))
            errors.Add($"--url-log {urlLog}: is a capture of this run");
        if (options.AppsPath is { } apps && options.Captures.Concat([options.OutputPath ?? string.Empty, options.UrlLogPath ?? string.Empty]).Any(file => IsSameFile(file, apps)))
            errors.Add($"--apps {apps}: is another file of this run");
        if (!options.Observe)
            errors.AddRange(SettingsOf(options).Validate());
        return errors;
    }

    /// <summary>Runs the captures through a gateway, to their end.</summary>
    /// <param name="progress">Told now and then how many bytes of how many were read.</param>
    /// <returns>What came of it, or the reason why the output cannot be written: then nothing was read.</returns>
    public async Task<(ReplayOutcome? Outcome, CaptureError? Error)> Execute(Action<long, long> progress)
    {
        PcapWriter? writer = null;
        if (_options.OutputPath is { } path && !PcapWriter.TryCreate(path, out writer, out CaptureError? error))
            return (null, error);

        using (writer)
        using (var inspection = ReplayInspection.Create(_options, out CaptureError? logError))
        using (var umem = new Umem(ChunkCount, ChunkBytes, isSparse: true))
        using (var pool = new ChunkPool(umem, 0, ChunkCount))
        {
            if (logError is not null)
                return (null, logError);
            var clock = new CaptureClock();
            using var port = new PcapPort(_options.Captures, 0, umem, pool, clock, writer);
            return (await Execute(port, writer, inspection, umem, pool, clock, progress), null);
        }
    }

    private static NatSettings SettingsOf(ReplayOptions options) => new()
    {
        PublicAddresses = options.PublicAddresses,
        LanPrefixes = options.LanPrefixes,
        PortForwards = options.PortForwards,
        UserCapacity = UserCapacity,
        AnswerPing = false, // What the network said is in the capture; the gateway adds nothing to it.
        Alg = new AlgSettings { Ftp = false }, // The recorded far side answers what was recorded, not what a gateway would have rewritten.
        Seed = Seed,
    };

    private static bool IsSameFile(string capture, string output) =>
        string.Equals(RealPath(capture), RealPath(output), StringComparison.Ordinal);

    private static string RealPath(string path)
    {
        if (path.Length == 0)
            return path;
        string full = Path.GetFullPath(path);
        return File.Exists(full) ? File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full : full;
    }

    private string? OutputFailure(PcapWriter? writer) => writer?.Failure is { } failure ? $"--out {_options.OutputPath}: {failure}" : null;

    private static async Task WatchProgress(Task run, PcapPort port, Action<long, long> progress)
    {
        using var timer = new PeriodicTimer(ProgressInterval);
        while (await Task.WhenAny(run, timer.WaitForNextTickAsync().AsTask()) != run)
            progress(port.PositionBytes, port.TotalBytes);
    }

    private async Task<ReplayOutcome> Execute(
        PcapPort port, PcapWriter? writer, ReplayInspection inspection, Umem umem, ChunkPool pool, CaptureClock clock, Action<long, long> progress)
    {
        long start = TimeProvider.System.GetTimestamp();
        ReplayReport report = _options.Observe
            ? await Observe(port, inspection, umem, pool, clock, progress)
            : await Translate(port, inspection, umem, pool, clock, progress);
        _ = writer?.TryFlush();
        inspection.Write();
        TimeSpan elapsed = TimeProvider.System.GetElapsedTime(start);
        return new ReplayOutcome(
            report, port.Errors, port.Damage, port.UnknownLinkTypes, OutputFailure(writer) ?? inspection.Failure, writer?.WrittenCount ?? 0, elapsed);
    }

    private async Task<ReplayReport> Observe(
        PcapPort port, ReplayInspection inspection, Umem umem, ChunkPool pool, CaptureClock clock, Action<long, long> progress)
    {
        using var observer = new ReplayObserver(port, _nat, new ReplaySettings(_options.LanPrefixes), umem, pool, clock, inspection.Capture);
        Task<ReplayReport> run = Task.Factory.StartNew(observer.Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await WatchProgress(run, port, progress);
        return await run;
    }

    private async Task<ReplayReport> Translate(
        PcapPort port, ReplayInspection inspection, Umem umem, ChunkPool pool, CaptureClock clock, Action<long, long> progress)
    {
        var system = ActorSystem.Create("replay");
        using var gateway = new ReplayGateway(system, port, _nat, new ReplaySettings(_options.LanPrefixes), umem, pool, clock, inspection.Capture);
        Task<ReplayReport> run = gateway.Run();
        await WatchProgress(run, port, progress);
        ReplayReport report = await run;
        await system.Terminate();
        return report;
    }
}
