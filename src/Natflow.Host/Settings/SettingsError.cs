using Natflow.Hocon;

namespace Natflow.Host.Settings;

/// <summary>One mistake of a configuration.</summary>
/// <param name="Location">File, line and column.</param>
/// <param name="Path">The key; empty where the text has not come to one.</param>
/// <param name="Message">What is wrong and what was expected.</param>
public sealed record SettingsError(HoconLocation Location, string Path, string Message)
{
    /// <summary><c>file:line: path: message</c>.</summary>
    public override string ToString() => Path.Length == 0 ? $"{Location}: {Message}" : $"{Location}: {Path}: {Message}";
}
