using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Natflow.Management.Api.Metrics;

/// <summary>A meter's instruments in Prometheus' text format 0.0.4, named by OpenTelemetry's rules for Prometheus. Any thread; one scrape at a time.</summary>
internal sealed class MetricsText : IDisposable
{
    /// <summary>What the text is.</summary>
    internal const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly Lock _lock = new();
    private readonly MeterListener _listener = new();
    private readonly List<string> _names = [];
    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);

    /// <summary>Listens to one meter.</summary>
    internal MetricsText(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter != meter)
                return;
            _names.Add(NameOf(instrument));
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>(OnMeasurement);
        _listener.Start();
    }

    /// <summary>Names of all families, those without figures now included.</summary>
    internal IReadOnlyCollection<string> Names => _names;

    /// <summary>The figures now.</summary>
    internal string Write()
    {
        lock (_lock)
        {
            _families.Clear();
            _listener.RecordObservableInstruments();
            var text = new StringBuilder();
            foreach ((string name, Family family) in _families)
            {
                text.Append("# HELP ").Append(name).Append(' ').Append(family.Help).Append('\n');
                text.Append("# TYPE ").Append(name).Append(' ').Append(family.Kind).Append('\n');
                foreach (string sample in family.Samples)
                    text.Append(name).Append(sample).Append('\n');
            }

            return text.ToString();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _listener.Dispose();

    /// <summary>Dots become underscores, units are spelled out, counters end in _total.</summary>
    internal static string NameOf(Instrument instrument)
    {
        string name = instrument.Name.Replace('.', '_');
        if (instrument.Unit == "By")
            name += "_bytes";
        return instrument is ObservableCounter<long> ? $"{name}_total" : name;
    }

    private void OnMeasurement(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> labels, object? state)
    {
        string name = NameOf(instrument);
        if (!_families.TryGetValue(name, out Family? family))
            _families[name] = family = new Family(instrument.Description ?? string.Empty, instrument is ObservableCounter<long> ? "counter" : "gauge", []);
        var sample = new StringBuilder();
        for (int i = 0; i < labels.Length; i++)
            sample.Append(i == 0 ? '{' : ',').Append(labels[i].Key).Append("=\"").Append(Escape($"{labels[i].Value}")).Append('"');
        if (labels.Length != 0)
            sample.Append('}');
        family.Samples.Add(sample.Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).ToString());
    }

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private sealed record Family(string Help, string Kind, List<string> Samples);
}
