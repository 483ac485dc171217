using Natflow.Hocon;

namespace Natflow.Host.Settings.Binding;

/// <summary>What binding finds: values, and every mistake rather than the first.</summary>
internal sealed class BindingLog
{
    private readonly List<SettingsError> _errors = [];
    private readonly OrderedDictionary<string, SettingValue> _values = new(StringComparer.Ordinal);

    /// <summary>Values by path.</summary>
    internal IReadOnlyDictionary<string, SettingValue> Values => _values;

    /// <summary>Mistakes by file and line, each once.</summary>
    internal IReadOnlyList<SettingsError> Errors =>
        [.. _errors.Distinct().OrderBy(static error => error.Location.File, StringComparer.Ordinal).ThenBy(static error => error.Location.Line).ThenBy(static error => error.Location.Column)];

    /// <summary>Notes a value.</summary>
    internal void Record(HoconPath path, string text, HoconLocation location) => _values[path.ToString()] = new SettingValue(text, location);

    /// <summary>Notes a mistake.</summary>
    internal void Error(HoconLocation location, HoconPath path, string message) => _errors.Add(new SettingsError(location, path.ToString(), message));

    /// <summary>Whether a key, or anything below it, is already known to be wrong.</summary>
    internal bool IsWrong(string path) => _errors.Exists(error =>
        error.Path == path || error.Path.StartsWith($"{path}.", StringComparison.Ordinal) || path.StartsWith($"{error.Path}.", StringComparison.Ordinal));
}
