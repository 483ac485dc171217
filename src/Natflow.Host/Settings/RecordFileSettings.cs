using Natflow.Gateway.Inspection;

namespace Natflow.Host.Settings;

/// <summary>A file that records are appended to.</summary>
/// <param name="File">An absolute path.</param>
/// <param name="Format">What is written.</param>
public sealed record RecordFileSettings(string File, UrlLogFormat Format);
