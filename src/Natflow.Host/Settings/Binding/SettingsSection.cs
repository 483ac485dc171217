using System.Globalization;
using System.Numerics;
using Natflow.Hocon;

namespace Natflow.Host.Settings.Binding;

/// <summary>Reads a value that is not null.</summary>
/// <param name="value">The value.</param>
/// <param name="result">What it says.</param>
/// <returns>Whether it is of the kind and in the range that is expected.</returns>
internal delegate bool SettingReader<T>(HoconValue value, out T result);

/// <summary>One object of the configuration while it is bound. A wrong value is noted, and reading goes on with a stand-in that is never used.</summary>
internal sealed class SettingsSection
{
    private readonly HoconObject? _fields; // Null where the section itself is wrong: what is below is not asked for again.
    private readonly BindingLog _log;
    private readonly bool _isRecorded;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    private SettingsSection(HoconObject? fields, HoconPath path, BindingLog log, bool isRecorded)
    {
        _fields = fields;
        _log = log;
        _isRecorded = isRecorded;
        Path = path;
    }

    /// <summary>The section's path.</summary>
    internal HoconPath Path { get; }

    /// <summary>The root of a configuration.</summary>
    internal static SettingsSection Root(HoconConfig config, BindingLog log) => new(config.Root, HoconPath.Root, log, isRecorded: true);

    /// <summary>An element of a list, whose keys are no settings of their own.</summary>
    internal static SettingsSection Element(HoconObject fields, HoconPath path, BindingLog log) => new(fields, path, log, isRecorded: false);

    /// <summary>A section below.</summary>
    internal SettingsSection Section(string key)
    {
        HoconPath path = Path.Child(key);
        HoconValue? value = Find(key);
        if (value is not null and not HoconObject)
            _log.Error(value.Location, path, $"expected an object {{ ... }}, not {Given(value)}");
        return new SettingsSection(value as HoconObject, path, _log, _isRecorded);
    }

    /// <summary>A value; a missing one is an error.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="expected">What belongs there, in words.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="format">Its one spelling.</param>
    internal T Value<T>(string key, string expected, SettingReader<T> read, Func<T, string> format)
    {
        HoconValue? value = Find(key);
        return value is null ? default! : Read(key, value, expected, read, format);
    }

    /// <summary>A value that may be absent.</summary>
    internal T Optional<T>(string key, string expected, T otherwise, SettingReader<T> read, Func<T, string> format)
    {
        _known.Add(key);
        return _fields is not null && _fields.TryGetField(key, out HoconValue? value) ? Read(key, value, expected, read, format) : otherwise;
    }

    /// <summary>Whether a key is there. One that is has to be read all the same.</summary>
    internal bool Has(string key)
    {
        _known.Add(key);
        return _fields is not null && _fields.TryGetField(key, out _);
    }

    /// <summary>A list.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="element">Reads an element at a path; it notes its own mistakes and answers null for them.</param>
    /// <param name="format">An element's one spelling.</param>
    internal IReadOnlyList<T> List<T>(string key, Func<HoconValue, HoconPath, T?> element, Func<T, string> format)
        where T : class
    {
        HoconValue? value = Find(key);
        if (value is null)
            return [];
        HoconPath path = Path.Child(key);
        if (!HoconConvert.TryList(value, out IReadOnlyList<HoconValue>? items))
        {
            _log.Error(value.Location, path, $"expected a list [ ... ], not {Given(value)}");
            return [];
        }

        var result = new List<T>();
        for (int i = 0; i < items.Count; i++)
        {
            if (element(items[i], path.Child(i.ToString(CultureInfo.InvariantCulture))) is { } one)
                result.Add(one);
        }

        Record(key, $"[{string.Join(", ", result.Select(format))}]", value.Location);
        return result;
    }

    /// <summary>An object whose keys are the operator's.</summary>
    internal IReadOnlyDictionary<string, HoconValue> Map(string key, out HoconPath path)
    {
        path = Path.Child(key);
        HoconValue? value = Find(key);
        if (value is not null and not HoconObject)
            _log.Error(value.Location, path, $"expected an object {{ ... }}, not {Given(value)}");
        return (value as HoconObject)?.Fields ?? new Dictionary<string, HoconValue>();
    }

    /// <summary>Notes the spelling of a value that was read by <see cref="Map"/>.</summary>
    internal void Record(string key, string text)
    {
        if (_fields is not null && _fields.TryGetField(key, out HoconValue? value))
            Record(key, text, value.Location);
    }

    /// <summary>A whole number.</summary>
    internal int Whole(string key, int min, int max) => Value(
        key, $"a whole number from {min} to {max}", (HoconValue value, out int number) => SettingReaders.TryWhole(value, min, max, out number), Plain);

    /// <summary>A power of two.</summary>
    internal int PowerOfTwo(string key, int min, int max) => Value(
        key,
        $"a power of two from {min} to {max}",
        (HoconValue value, out int number) => SettingReaders.TryWhole(value, min, max, out number) && BitOperations.IsPow2(number),
        Plain);

    /// <summary>A size that is a power of two.</summary>
    internal int SizePowerOfTwo(string key, int minBytes, int maxBytes) => Value(
        key,
        $"a size that is a power of two from {minBytes >> 10}KiB to {maxBytes >> 10}KiB",
        (HoconValue value, out int bytes) =>
        {
            bool isSize = HoconConvert.TrySize(value, out long size) && size >= minBytes && size <= maxBytes && BitOperations.IsPow2(size);
            bytes = isSize ? (int)size : minBytes;
            return isSize;
        },
        static bytes => $"{bytes}B");

    /// <summary>A duration.</summary>
    internal TimeSpan Duration(string key, string min, string max) =>
        Value(key, $"a duration from {min} to {max}, such as {min} or {max}", SettingReaders.Duration(min, max), SettingReaders.InMilliseconds);

    /// <summary>A switch.</summary>
    internal bool Switch(string key) =>
        Value(key, "on or off", (HoconValue value, out bool flag) => HoconConvert.TryBoolean(value, out flag), static flag => flag ? "on" : "off");

    /// <summary>One of several words.</summary>
    internal T OneOf<T>(string key, params (string Word, T Value)[] words) =>
        Value(key, SettingReaders.InWords(words), SettingReaders.OneOf(words), SettingReaders.WordOf(words));

    /// <summary>Notes every key that nothing asked for. Call it when all was asked.</summary>
    internal void Finish()
    {
        foreach ((string key, HoconValue value) in _fields?.Fields ?? new Dictionary<string, HoconValue>())
        {
            if (_known.Contains(key))
                continue;
            string hint = NearestName.Of(key, _known) is { } nearest ? $"did you mean '{nearest}'?" : $"known here: {string.Join(", ", _known)}";
            _log.Error(value.Location, Path.Child(key), $"unknown key; {hint}");
        }
    }

    /// <summary>A value as the operator wrote it, for messages.</summary>
    internal static string Given(HoconValue value) => value switch
    {
        HoconScalar { Kind: HoconScalarKind.Null } => "null",
        HoconScalar scalar => $"'{scalar.Text}'",
        HoconArray => "a list",
        _ => "an object",
    };

    private static string Plain(int number) => number.ToString(CultureInfo.InvariantCulture);

    private HoconValue? Find(string key)
    {
        _known.Add(key);
        if (_fields is null)
            return null;
        if (_fields.TryGetField(key, out HoconValue? value))
            return value;
        _log.Error(_fields.Location, Path.Child(key), "the key is missing");
        return null;
    }

    private T Read<T>(string key, HoconValue value, string expected, SettingReader<T> read, Func<T, string> format)
    {
        if (read(value, out T result))
            Record(key, format(result), value.Location);
        else
            _log.Error(value.Location, Path.Child(key), $"expected {expected}, not {Given(value)}");
        return result;
    }

    private void Record(string key, string text, HoconLocation location)
    {
        if (_isRecorded)
            _log.Record(Path.Child(key), text, location);
    }
}
