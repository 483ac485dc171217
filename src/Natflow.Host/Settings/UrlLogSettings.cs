using Natflow.Inspect.UrlLog;

namespace Natflow.Host.Settings;

/// <summary><c>natflow.url-log</c>.</summary>
/// <param name="IsEnabled">What inspected flows ask for is logged.</param>
/// <param name="Output">Where to; null writes none, subscribers of the process still get it.</param>
/// <param name="Window">Time in which equal visits are one record, and which a record waits.</param>
/// <param name="Tuple">Which addresses a record holds.</param>
/// <param name="Underscores">Names with underscores are names.</param>
/// <param name="Records">Records of the whole gateway that wait.</param>
public sealed record UrlLogSettings(bool IsEnabled, RecordFileSettings? Output, TimeSpan Window, UrlTuple Tuple, bool Underscores, int Records);
