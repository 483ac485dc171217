namespace Natflow.Journal.Audit;

/// <summary>A line that was written to a control device since the configuration was taken.</summary>
/// <param name="Device">Name of the device.</param>
/// <param name="Line">The line.</param>
public sealed record WrittenRule(string Device, string Line);
