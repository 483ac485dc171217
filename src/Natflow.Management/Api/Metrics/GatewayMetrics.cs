using System.Diagnostics.Metrics;
using Natflow.Flows.Shards;
using Natflow.Management.Api.Live;

namespace Natflow.Management.Api.Metrics;

/// <summary>
/// The gateway's instruments, from the last sample. Names as OpenTelemetry writes them; labels are reasons, directions and ports, never addresses: their
/// number is bounded by the program and the configuration.
/// </summary>
public sealed class GatewayMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "natflow";

    private readonly Meter _meter = new(MeterName);
    private readonly Sampler _sampler;

    /// <summary>Makes the instruments.</summary>
    /// <param name="sampler">Whose figures they show.</param>
    public GatewayMetrics(Sampler sampler)
    {
        _sampler = sampler;
        MakeTraffic();
        MakeTables();
        MakeOffload();
        MakeJournal();
        Count("natflow.drops", "{packet}", "Packets dropped, by reason.", static sample => sample.Plane.Drops.Select(static drop => Of((long)drop.Value, "reason", drop.Key.ToString())));
        Count("natflow.receive.lost", "{frame}", "Frames that the kernel dropped before the gateway saw them, by interface.", static sample =>
            sample.Status.Ports.Select(static port => Of((long)port.ReceiveLost, "interface", port.Interface)));
        Gauge("natflow.info", null, "1, with the version.", static sample => [Of(1, "version", sample.Status.Version)]);
    }

    /// <summary>The meter, for listeners.</summary>
    internal Meter Meter => _meter;

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();

    private static Measurement<long> Of(long value, string label, string text) => new(value, new KeyValuePair<string, object?>(label, text));

    private void MakeTraffic()
    {
        Count("natflow.packets.translated", "{packet}", "Packets translated by the gateway, by direction.", static sample =>
            [Of((long)sample.Plane.Counters.TranslatedOut, "direction", "out"), Of((long)sample.Plane.Counters.TranslatedIn, "direction", "in")]);
        Count("natflow.packets.untranslated", "{packet}", "Packets forwarded as they were.", static counters => counters.Untranslated);
        Count("natflow.packets.to_host", "{packet}", "Packets given to the kernel.", static counters => counters.PassedToHost);
        Count("natflow.packets.hairpinned", "{packet}", "Packets between subscribers by a public address.", static counters => counters.Hairpinned);
        Count("natflow.translated", "By", "L3 bytes translated by the gateway.", static counters => counters.TranslatedBytes);
        Count("natflow.flows.opened", "{flow}", "Flows opened.", static counters => counters.FlowsOpened);
        Count("natflow.flows.ended", "{flow}", "Flows ended.", static counters => counters.FlowsEnded);
        Count("natflow.icmp.errors.sent", "{packet}", "ICMP errors that the gateway sent.", static counters => counters.IcmpErrorsSent);
    }

    private void MakeTables()
    {
        Gauge("natflow.flows", "{flow}", "Living flows.", static sample => [new(sample.Plane.Shards.Sum(static shard => (long)shard.FlowCount))]);
        Gauge("natflow.mappings", "{mapping}", "Living mappings.", static sample => [new(sample.Plane.Shards.Sum(static shard => (long)shard.MappingCount))]);
        Gauge("natflow.users", "{user}", "Subscribers.", static sample => [new(sample.Plane.Shards.Sum(static shard => (long)shard.UserCount))]);
        Gauge("natflow.port_blocks", "{block}", "Port blocks held.", static sample => [new(sample.Plane.Shards.Sum(static shard => (long)shard.LeasedBlockCount))]);
        Gauge("natflow.table.memory", "By", "Memory reserved for tables.", static sample => [new(sample.Plane.Shards.Sum(static shard => shard.LengthBytes))]);
    }

    private void MakeOffload()
    {
        Count("natflow.offload.packets", "{packet}", "Packets that the PPE forwarded, by direction.", static sample =>
            [Of((long)sample.Plane.Counters.OffloadedOut, "direction", "out"), Of((long)sample.Plane.Counters.OffloadedIn, "direction", "in")]);
        Count("natflow.offload.traffic", "By", "L3 bytes that the PPE forwarded.", static counters => counters.OffloadedBytes);
        Gauge("natflow.offload.flows", "{flow}", "Flows by where they stand with the PPE.", static sample =>
            sample.Plane.Offload.Select(static pair => Of(pair.Value, "reason", pair.Key.ToString())));
        Gauge("natflow.offload.entries", "{entry}", "Entries of the PPE.", static sample => sample.Offload is { } offload ? [new(offload.CountEntries)] : []);
        Gauge("natflow.offload.capacity", "{entry}", "Entries that the PPE can hold.", static sample => sample.Offload is { } offload ? [new(offload.CapacityEntries)] : []);
    }

    private void MakeJournal()
    {
        Count("natflow.journal.events", "{event}", "Events of the journal, by where they went: stored, spilled to the file that waits for the store, lost.", static sample =>
            sample.Status.Journal is { } journal ? [Of(journal.Stored, "outcome", "stored"), Of(journal.Spilled, "outcome", "spilled"), Of(journal.Lost, "outcome", "lost")] : []);
        Gauge("natflow.journal.queue", "{event}", "Events that wait for the store in memory.", static sample => sample.Status.Journal is { } journal ? [new(journal.Waiting)] : []);
        Gauge("natflow.journal.lag", "ms", "Time since the oldest event that is not in the store was taken.", static sample => sample.Status.Journal is { } journal ? [new(journal.LagMs)] : []);
        Gauge("natflow.journal.spill", "By", "Bytes of the spill file.", static sample => sample.Status.Journal is { } journal ? [new(journal.SpillBytes)] : []);
        Gauge("natflow.journal.spilling", null, "1 while the store is away.", static sample => sample.Status.Journal is { } journal ? [new(journal.IsSpilling ? 1 : 0)] : []);
    }

    private void Count(string name, string unit, string description, Func<ShardCounters, ulong> read) =>
        Count(name, unit, description, sample => [new Measurement<long>((long)read(sample.Plane.Counters))]);

    private void Count(string name, string unit, string description, Func<Sample, IEnumerable<Measurement<long>>> read) =>
        _meter.CreateObservableCounter(name, () => _sampler.Latest is { } sample ? read(sample) : [], unit, description);

    private void Gauge(string name, string? unit, string description, Func<Sample, IEnumerable<Measurement<long>>> read) =>
        _meter.CreateObservableGauge(name, () => _sampler.Latest is { } sample ? read(sample) : [], unit, description);
}
