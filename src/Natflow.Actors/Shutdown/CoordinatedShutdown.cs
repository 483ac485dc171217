using System.Collections.Frozen;

namespace Natflow.Actors;

/// <summary>
/// The way out of a process in phases (contracts C1 to C6): first what lets work in, then what does the work, last the actors. Any thread.
/// </summary>
public sealed class CoordinatedShutdown
{
    /// <summary>Name of the phase.</summary>
    public const string PhaseBeforeServiceUnbind = "before-service-unbind";

    /// <summary>Stop accepting packets and connections.</summary>
    public const string PhaseServiceUnbind = "service-unbind";

    /// <summary>Wait for what was accepted.</summary>
    public const string PhaseServiceRequestsDone = "service-requests-done";

    /// <summary>Close what served.</summary>
    public const string PhaseServiceStop = "service-stop";

    /// <summary>Name of the phase.</summary>
    public const string PhaseBeforeClusterShutdown = "before-cluster-shutdown";

    /// <summary>Drain flows, hand shards over.</summary>
    public const string PhaseClusterShardingShutdownRegion = "cluster-sharding-shutdown-region";

    /// <summary>Give up the lease.</summary>
    public const string PhaseClusterLeave = "cluster-leave";

    /// <summary>Name of the phase.</summary>
    public const string PhaseClusterExiting = "cluster-exiting";

    /// <summary>Name of the phase.</summary>
    public const string PhaseClusterExitingDone = "cluster-exiting-done";

    /// <summary>Where a node starts that was put out of the cluster.</summary>
    public const string PhaseClusterShutdown = "cluster-shutdown";

    /// <summary>Flush the journal.</summary>
    public const string PhaseBeforeActorSystemTerminate = "before-actor-system-terminate";

    /// <summary>End the actors.</summary>
    public const string PhaseActorSystemTerminate = "actor-system-terminate";

    private static readonly string[] Order =
    [
        PhaseBeforeServiceUnbind, PhaseServiceUnbind, PhaseServiceRequestsDone, PhaseServiceStop, PhaseBeforeClusterShutdown,
        PhaseClusterShardingShutdownRegion, PhaseClusterLeave, PhaseClusterExiting, PhaseClusterExitingDone, PhaseClusterShutdown,
        PhaseBeforeActorSystemTerminate, PhaseActorSystemTerminate,
    ];

    private readonly ActorSystem _system;
    private readonly ShutdownPhase[] _phases;
    private readonly ShutdownTasks[] _tasks;
    private readonly string[] _names;
    private readonly Lock _lock = new();
    private Task? _run;
    private ShutdownReason? _reason;

    internal CoordinatedShutdown(ActorSystem system, CoordinatedShutdownSettings settings)
    {
        _system = system;
        _names = ShutdownOrder.Sort(settings.Phases);
        _phases = Array.ConvertAll(_names, name => settings.Phases[name]);
        _tasks = Array.ConvertAll(_names, _ => new ShutdownTasks());
        if (settings.TerminateActorSystem && settings.Phases.ContainsKey(PhaseActorSystemTerminate))
            AddTask(PhaseActorSystemTerminate, "terminate-system", _ => system.FinalTerminate());
        if (settings.RunByProcessExit) HookProcessExit();
    }

    /// <summary>The phases of contract C1.</summary>
    public static IReadOnlyDictionary<string, ShutdownPhase> DefaultPhases { get; } = MakeDefaultPhases();

    /// <summary>Why the shutdown runs; null while it does not. The first reason stays (contract C3).</summary>
    public ShutdownReason? ShutdownReason
    {
        get
        {
            lock (_lock)
                return _reason;
        }
    }

    /// <summary>Sum of the time-outs of all phases: the longest a run can take.</summary>
    public TimeSpan TotalTimeout => _phases.Aggregate(TimeSpan.Zero, static (sum, phase) => sum + phase.Timeout);

    /// <summary>The shutdown of a system.</summary>
    /// <param name="system">The system.</param>
    public static CoordinatedShutdown Get(ActorSystem system) => system.CoordinatedShutdown;

    /// <summary>Adds a task to a phase. In a phase that has begun it is not run (contract C4).</summary>
    /// <param name="phase">Name of the phase.</param>
    /// <param name="taskName">For the log.</param>
    /// <param name="task">Runs on the thread pool; its token is cancelled when the phase's time is over.</param>
    /// <exception cref="ConfigurationException">There is no such phase.</exception>
    public void AddTask(string phase, string taskName, Func<CancellationToken, Task> task)
    {
        int index = Array.IndexOf(_names, phase);
        if (index < 0) throw new ConfigurationException($"there is no shutdown phase '{phase}'");
        _tasks[index].Add(taskName, task);
    }

    /// <summary>Runs all phases, once: further calls give the same task and keep the first reason (contract C3).</summary>
    /// <param name="reason">Why.</param>
    /// <param name="fromPhase">First phase to run; null is the first of all.</param>
    /// <returns>Ends after the last phase; faulted if a phase without recovery failed.</returns>
    /// <exception cref="ConfigurationException">There is no such phase.</exception>
    public Task Run(ShutdownReason reason, string? fromPhase = null)
    {
        int first = fromPhase is null ? 0 : Array.IndexOf(_names, fromPhase);
        if (first < 0) throw new ConfigurationException($"there is no shutdown phase '{fromPhase}'");
        lock (_lock)
        {
            if (_run is not null) return _run;
            _reason = reason;
            return _run = Task.Run(() => RunFrom(first));
        }
    }

    private static FrozenDictionary<string, ShutdownPhase> MakeDefaultPhases()
    {
        var phases = new Dictionary<string, ShutdownPhase>(StringComparer.Ordinal);
        string[] before = [];
        foreach (string name in Order)
        {
            bool isLong = name is PhaseClusterShardingShutdownRegion or PhaseClusterExiting or PhaseActorSystemTerminate;
            phases.Add(name, new ShutdownPhase(before, TimeSpan.FromSeconds(isLong ? 10 : 5)));
            before = [name];
        }

        return phases.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private async Task RunFrom(int first)
    {
        for (int i = 0; i < first; i++)
            _tasks[i].Close();
        for (int i = first; i < _names.Length; i++)
            await RunPhase(_names[i], _phases[i], _tasks[i].Close());
    }

    private async Task RunPhase(string name, ShutdownPhase phase, IReadOnlyList<ShutdownTask> tasks)
    {
        using var deadline = new CancellationTokenSource(phase.Timeout, _system.Settings.TimeProvider);
        Task[] runs = [.. tasks.Select(task => RunTask(name, task, deadline.Token))];
        try
        {
            await Task.WhenAll(runs).WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested)
        {
            string late = string.Join(", ", tasks.Where((_, i) => !runs[i].IsCompleted).Select(task => task.Name));
            _system.Log.Warning("shutdown phase {0} ran out of its {1}; still running: {2}", name, phase.Timeout, late);
            if (!phase.Recover) throw new TimeoutException($"shutdown phase {name} ran out of time", e);
        }
        catch (Exception e) when (phase.Recover)
        {
            _system.Log.Debug("shutdown phase {0} goes on after a failure: {1}", name, e.Message);
        }
    }

    private async Task RunTask(string phase, ShutdownTask task, CancellationToken deadline)
    {
        try
        {
            await Task.Run(() => task.Run(deadline), CancellationToken.None);
        }
        catch (Exception e)
        {
            _system.Log.Error(e, "task {0} of shutdown phase {1} failed: {2}", task.Name, phase, e.Message);
            throw;
        }
    }

    private void HookProcessExit()
    {
        EventHandler onExit = (_, _) => ((IAsyncResult)Run(ClrExitReason.Instance)).AsyncWaitHandle.WaitOne(TotalTimeout);
        AppDomain.CurrentDomain.ProcessExit += onExit;
        _ = _system.WhenTerminated.ContinueWith(_ => AppDomain.CurrentDomain.ProcessExit -= onExit, TaskScheduler.Default);
    }
}
