using System.Collections.Immutable;
using Natflow.Gateway.Inspection;
using Natflow.Gateway.Users;
using Natflow.Policy.Control;

namespace Natflow.Gateway.Queues;

/// <summary>The original's <c>natflow_dpi_ctl</c>: whether flows are recognised, and what was counted of it. What it says holds until the configuration says otherwise.</summary>
/// <remarks>Any thread.</remarks>
public sealed class DpiDevice : IDisposable
{
    private const string EventsPrefix = "events_";
    private const string CataloguePrefix = "catalog_";

    private readonly DataPlane _plane;
    private readonly EventQueue _events;
    private readonly IReadOnlyList<string> _sources;
    private readonly string _version;
    private readonly SemaphoreSlim _turn = new(1);
    private InspectionSwitch _configured;
    private bool _isEnabled;

    /// <summary>Makes the device.</summary>
    /// <param name="plane">Whose shards inspect.</param>
    /// <param name="configured">What the configuration has switched on.</param>
    /// <param name="events">Where events wait for a reader.</param>
    /// <param name="sources">Names of the catalogue's sources; source 1 is the first.</param>
    /// <param name="version">Version of the gateway, one line.</param>
    public DpiDevice(DataPlane plane, InspectionSwitch configured, EventQueue events, IReadOnlyList<string> sources, string version)
    {
        ArgumentNullException.ThrowIfNull(configured);
        _plane = plane;
        _events = events;
        _sources = sources;
        _version = version;
        _configured = configured;
        _isEnabled = configured.ReportsApps;
    }

    /// <summary>Takes another configuration.</summary>
    public async Task Apply(InspectionSwitch configured)
    {
        ArgumentNullException.ThrowIfNull(configured);
        await _turn.WaitAsync();
        try
        {
            (_configured, _isEnabled) = (configured, configured.ReportsApps);
            await _plane.Apply(configured);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Takes lines.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="isWhole">Whether all are refused where one is.</param>
    public async Task<ControlLinesAnswer> Write(IReadOnlyList<string> lines, bool isWhole)
    {
        ArgumentNullException.ThrowIfNull(lines);
        await _turn.WaitAsync();
        try
        {
            bool isEnabled = _isEnabled;
            bool clears = false;
            ImmutableArray<ControlLineResult> refused = Read(lines, ref isEnabled, ref clears);
            if (isWhole && !refused.IsEmpty)
                return new ControlLinesAnswer(refused, IsTaken: false);
            if (isEnabled != _isEnabled)
                await _plane.Apply(_configured with { IsOn = isEnabled || (_configured.IsOn && _configured.LogsVisits), ReportsApps = isEnabled });
            _isEnabled = isEnabled;
            if (clears)
                Clear();
            return new ControlLinesAnswer(refused, IsTaken: true);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>State and counters, as the original prints them.</summary>
    public async Task<string> Dump()
    {
        var sums = new Dictionary<string, ulong>(StringComparer.Ordinal);
        var order = new List<string>();
        foreach (InspectionReport shard in await _plane.ReportInspection())
        {
            foreach ((string key, ulong value) in shard.Apps)
            {
                if (sums.TryAdd(key, value))
                    order.Add(key);
                else if (!key.StartsWith(CataloguePrefix, StringComparison.Ordinal))
                    sums[key] += value;
            }
        }

        TellQueue(sums);
        return DpiControl.Dump(_version, _isEnabled, order.Select(key => KeyValuePair.Create(key, sums[key])));
    }

    /// <inheritdoc />
    public void Dispose() => _turn.Dispose();

    private static ImmutableArray<ControlLineResult> Read(IReadOnlyList<string> lines, ref bool isEnabled, ref bool clears)
    {
        var refused = ImmutableArray.CreateBuilder<ControlLineResult>();
        for (int i = 0; i < lines.Count; i++)
        {
            if (lines[i].Length == 0)
                continue; // Blanks are harmless to every device.
            ControlResult result = DpiControl.Apply(ref isEnabled, lines[i], out ControlAction action);
            clears |= action == ControlAction.ClearDpi;
            if (!result.IsTaken)
                refused.Add(new ControlLineResult(i + 1, lines[i], result.Errno, result.Error!));
        }

        return refused.ToImmutable();
    }

    private void Clear()
    {
        _plane.TellAll(AppCountersClearRequest.Instance);
        _events.Clear();
    }

    // What a shard has queued is on its way to the reader's queue, which alone knows whether anybody reads.
    private void TellQueue(Dictionary<string, ulong> sums)
    {
        (ulong queued, ulong suppressed, ulong lost) = _events.Counters;
        if (!sums.ContainsKey("events"))
            return; // Nothing inspects.
        sums["events"] = queued;
        sums["events_suppressed"] += suppressed;
        sums["events_lost"] += lost;
        for (int i = 0; i < _sources.Count; i++)
            sums[EventsPrefix + _sources[i]] = _events.QueuedBy((byte)(i + 1));
    }
}
