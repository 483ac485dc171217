using System.Reflection;
using System.Runtime.InteropServices;
using Natflow.Actors;
using Natflow.Bpf;
using Natflow.Core;
using Natflow.Gateway.Users;
using Natflow.Host.Logging;
using Natflow.Host.Settings;
using Natflow.Journal.Events;
using Natflow.Journal.Users;
using Natflow.Management.Api;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;
using Natflow.Management.Devices;
using Natflow.Memory;
using KernelLogLevel = Natflow.Actors.Event.LogLevel;

namespace Natflow.Host.Live;

/// <summary><c>natflow run</c>: from configuration to SIGTERM.</summary>
public sealed class GatewayRun
{
    private readonly string _configPath;
    private readonly TextWriter _log;
    private readonly TimeProvider _clock;
    private readonly NatflowSettings _settings;
    private LiveGateway? _gateway;
    private DateTimeOffset _startedAt;
    private int _isReloading;
    private volatile string _state = "starting";

    /// <summary>Prepares a run.</summary>
    /// <param name="configPath">The operator's file, for reloads.</param>
    /// <param name="settings">What it says.</param>
    /// <param name="log">Gets the log.</param>
    /// <param name="clock">Time.</param>
    public GatewayRun(string configPath, NatflowSettings settings, TextWriter log, TimeProvider clock)
    {
        _configPath = configPath;
        _settings = settings;
        _log = log;
        _clock = clock;
    }

    /// <summary>Version of the program.</summary>
    internal static string Version { get; } = Assembly.GetExecutingAssembly().GetName().Version?.ToString(3) ?? "0";

    /// <summary>Path of the control socket of a run directory.</summary>
    public static string ControlPath(string runDirectory) => Path.Combine(runDirectory, "natflow.sock");

    /// <summary>Forwards until SIGTERM or SIGINT.</summary>
    /// <returns>Null after a clean end; else why the gateway could not start, in words for the operator.</returns>
    public async Task<string?> Execute()
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => OnStopSignal(context, stop));
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => OnStopSignal(context, stop));
        ActorSystem system = ActorSystem.Create("natflow", new ActorSystemSettings { TimeProvider = _clock, LogLevel = LevelOf(_settings.Gateway.LogLevel) });
        system.ActorOf(Props.Create(() => new LogActor(_log, _settings.Gateway.LogFormat == LogFormat.Json)), "log");
        try
        {
            return await Forward(system, stop.Task);
        }
        finally
        {
            await system.Terminate();
            await _log.FlushAsync();
        }
    }

    private static void OnStopSignal(PosixSignalContext context, TaskCompletionSource stop)
    {
        context.Cancel = true;
        stop.TrySetResult();
    }

    /// <summary>The actor system's word for a level.</summary>
    internal static KernelLogLevel LevelOf(LogLevel level) => level switch
    {
        LogLevel.Error => KernelLogLevel.ErrorLevel,
        LogLevel.Warning => KernelLogLevel.WarningLevel,
        LogLevel.Info => KernelLogLevel.InfoLevel,
        _ => KernelLogLevel.DebugLevel,
    };

    private async Task<string?> Forward(ActorSystem system, Task stop)
    {
        try
        {
            MakeRunDirectory(_settings.Gateway.RunDirectory);
            await using LiveGateway gateway = await LiveGateway.Open(system, _settings, _clock);
            _gateway = gateway;
            _startedAt = _clock.GetUtcNow();
            _state = "running";
            foreach (string note in gateway.Notes)
                system.Log.Info("{0}", note);
            using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => OnHangUp(context, system));
            var target = new ControlTarget(gateway.Plane, Status, () => Reload(system), gateway.Users) { Cluster = gateway.Cluster, DomainLists = () => gateway.DomainListModels };
            var store = new ConfigurationFile(_configPath, () => _gateway!.Settings, target.Reload);
            await using (var api = new ManagementApi(TargetOf(system, gateway, target, store)))
            await using (DeviceSockets devices = DeviceSockets.Start(_settings.Gateway.RunDirectory, gateway.Users, gateway.Queues, system.Log))
            await using (await StartApi(system, api))
            {
                gateway.FeedVisits(api.Visits, api.Apps);
                system.Log.Info("forwarding: {0} ports, {1} workers, public {2}", gateway.PortStatus.Count, gateway.WorkerCount, string.Join(", ", gateway.PublicAddresses.Select(Ipv4Prefix.ToText)));
                _ = UserWarmUp.Run(new EncodingSink(EventCatalogue.Default), _clock);
                await devices.WarmUp();
                gateway.JoinCluster();
                // Last: who waits for the gateway waits until this answers.
                await using ControlServer control = await ControlServer.Start(ControlPath(_settings.Gateway.RunDirectory), target, api);
                ServiceNotifier.Ready("forwarding");
                await using (ServiceWatchdog.TryStart(gateway.Plane, _clock))
                    await stop;
                _state = "draining";
                ServiceNotifier.Stopping();
                system.Log.Info("stopping");
            }

            using var deadline = new CancellationTokenSource(gateway.Settings.Gateway.DrainTimeout, _clock);
            await gateway.Drain(deadline.Token);

            return null;
        }
        catch (Exception error) when (error is GatewayException or BpfException or NativeException or IOException or UnauthorizedAccessException)
        {
            return error.Message;
        }
    }

    private ApiTarget TargetOf(ActorSystem system, LiveGateway gateway, ControlTarget target, ConfigurationFile store) =>
        new(target, store, record => Keep(system, record), note => system.Log.Warning("{0}", note), _clock) { Journal = gateway.Journal?.Audit };

    private void Keep(ActorSystem system, AuditRecord record)
    {
        system.Log.Info("audit: {0}", record);
        _gateway?.Journal?.RecordAct($"{record.Who} ({record.Role}) from {record.From}", $"{record.Action} {record.Subject}", record.Outcome);
    }

    private async Task<IAsyncDisposable?> StartApi(ActorSystem system, ManagementApi api)
    {
        ApiSettings http = _settings.Management;
        if (!http.IsEnabled)
            return null;
        ApiServer server = await ApiServer.Start(http, api);
        system.Log.Info("management: {0}://{1}:{2}", http.IsTls ? "https" : "http", http.Address, server.Port);
        return server;
    }

    private static void MakeRunDirectory(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new GatewayException($"natflow.gateway.run-directory: {path} cannot be made: {error.Message} Run as root or as the service, or name another directory.");
        }
    }

    private GatewayStatus Status() => new(
        Version,
        Environment.ProcessId,
        _startedAt,
        _state,
        _configPath,
        _gateway!.WorkerCount,
        _gateway.Plane.ShardCount,
        [.. _gateway.PublicAddresses.Select(Ipv4Prefix.ToText)],
        _gateway.PortStatus,
        _gateway.Notes)
    {
        Journal = _gateway.Journal?.Status(),
        HostRules = _gateway.Plane.ReadHosts() is var (refused, notKept) ? new HostRulesModel(refused, notKept) : null,
    };

    // The signal's thread must not wait for the shards.
    private void OnHangUp(PosixSignalContext context, ActorSystem system)
    {
        context.Cancel = true;
        _ = Task.Run(() => Reload(system));
    }

    private async Task<ReloadResult> Reload(ActorSystem system)
    {
        if (Interlocked.Exchange(ref _isReloading, 1) != 0)
            return new ReloadResult(IsValid: false, [], [], ["another reload is under way: try again"]);
        try
        {
            ServiceNotifier.Reloading(_clock.GetTimestamp() / (_clock.TimestampFrequency / 1_000_000));
            ReloadResult result = await Reload(SettingsLoader.Load(_configPath));
            foreach (string error in result.Errors)
                system.Log.Error("the configuration is not taken over: {0}", error);
            _gateway!.Journal?.RecordAct("the box", $"configuration.load {_configPath}", result.IsValid ? $"applied {Words(result.Applied)}" : string.Join("; ", result.Errors));
            if (result.IsValid)
                system.Log.Info("configuration taken over: {0}; waiting for a restart: {1}", Words(result.Applied), Words(result.NeedRestart));
            return result;
        }
        finally
        {
            ServiceNotifier.Ready("forwarding");
            Volatile.Write(ref _isReloading, 0);
        }
    }

    private static string Words(IReadOnlyList<string> keys) => keys.Count == 0 ? "nothing" : string.Join(", ", keys);

    private async Task<ReloadResult> Reload(SettingsResult loaded)
    {
        if (loaded.Settings is not { } next)
            return new ReloadResult(IsValid: false, [], [], [.. loaded.Errors.Select(static error => error.ToString())]);
        NatflowSettings running = _gateway!.Settings;
        var change = SettingsChange.Between(running, next);
        IReadOnlyList<string> errors = change.Live.Count == 0 ? [] : await _gateway.Apply(LiveKeys.Merge(running, next));
        return errors.Count == 0
            ? new ReloadResult(IsValid: true, change.Live, change.NeedRestart, [])
            : new ReloadResult(IsValid: false, [], [], errors);
    }
}
