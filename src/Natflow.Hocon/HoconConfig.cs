using System.Diagnostics.CodeAnalysis;

namespace Natflow.Hocon;

/// <summary>A resolved configuration, read by path expressions. Immutable; any thread reads.</summary>
public sealed class HoconConfig
{
    internal HoconConfig(HoconObject root) => Root = root;

    /// <summary>The root object.</summary>
    public HoconObject Root { get; }

    /// <summary>Whether there is a value at the path that is not null.</summary>
    /// <exception cref="HoconException">The path is no path expression.</exception>
    public bool Has(string path) => TryFind(HoconPath.Parse(path), out HoconValue? value) && value is not HoconScalar { Kind: HoconScalarKind.Null };

    /// <summary>Finds a value, null included.</summary>
    public bool TryFind(HoconPath path, [NotNullWhen(true)] out HoconValue? value)
    {
        value = Root;
        foreach (string name in path.Elements)
        {
            if (value is HoconObject parent && parent.TryGetField(name, out value))
                continue;
            value = null;
            return false;
        }

        return true;
    }

    /// <summary>Text of a string, number or boolean.</summary>
    /// <exception cref="HoconException">The value is missing, null or of another kind.</exception>
    public string GetString(string path)
    {
        HoconValue value = Find(path);
        return HoconConvert.TryString(value, out string? text) ? text : throw Wrong(path, value, "a string");
    }

    /// <summary>A whole number of 32 bits.</summary>
    /// <exception cref="HoconException">The value is missing, null, no whole number or out of range.</exception>
    public int GetInt32(string path)
    {
        HoconValue value = Find(path);
        return HoconConvert.TryInt64(value, out long number) && number is >= int.MinValue and <= int.MaxValue
            ? (int)number
            : throw Wrong(path, value, $"a whole number from {int.MinValue} to {int.MaxValue}");
    }

    /// <summary>A whole number of 64 bits.</summary>
    /// <exception cref="HoconException">The value is missing, null, no whole number or out of range.</exception>
    public long GetInt64(string path)
    {
        HoconValue value = Find(path);
        return HoconConvert.TryInt64(value, out long number) ? number : throw Wrong(path, value, $"a whole number from {long.MinValue} to {long.MaxValue}");
    }

    /// <summary>A number.</summary>
    /// <exception cref="HoconException">The value is missing, null or no finite number.</exception>
    public double GetDouble(string path)
    {
        HoconValue value = Find(path);
        return HoconConvert.TryDouble(value, out double number) ? number : throw Wrong(path, value, "a number");
    }

    /// <summary>A boolean.</summary>
    /// <exception cref="HoconException">The value is missing, null or none of true, yes, on, false, no, off.</exception>
    public bool GetBoolean(string path)
    {
        HoconValue value = Find(path);
        return HoconConvert.TryBoolean(value, out bool flag) ? flag : throw Wrong(path, value, "true, yes, on, false, no or off");
    }

    /// <summary>A duration in nanoseconds; without a unit the value counts milliseconds.</summary>
    /// <exception cref="HoconException">The value is missing, null, no duration, or beyond 292 years.</exception>
    public long GetDurationNanoseconds(string path)
    {
        HoconValue value = Find(path);
        return HoconConvert.TryDuration(value, out long nanoseconds) ? nanoseconds : throw Wrong(path, value, "a duration such as 30s, 5m or 250ms", isText: true);
    }

    /// <summary>A duration, cut to 100 ns.</summary>
    /// <exception cref="HoconException">As <see cref="GetDurationNanoseconds"/>.</exception>
    public TimeSpan GetDuration(string path) => TimeSpan.FromTicks(GetDurationNanoseconds(path) / TimeSpan.NanosecondsPerTick);

    /// <summary>A size in bytes; without a unit the value counts bytes.</summary>
    /// <exception cref="HoconException">The value is missing, null, no size, or beyond 2^63 - 1 bytes.</exception>
    public long GetBytes(string path)
    {
        HoconValue value = Find(path);
        return HoconConvert.TrySize(value, out long bytes) ? bytes : throw Wrong(path, value, "a size such as 4096, 64KiB or 2MB", isText: true);
    }

    /// <summary>Elements of a list, or of an object whose keys are numbers.</summary>
    /// <exception cref="HoconException">The value is missing, null or no list.</exception>
    public IReadOnlyList<HoconValue> GetList(string path)
    {
        HoconValue value = Find(path);
        return HoconConvert.TryList(value, out IReadOnlyList<HoconValue>? items) ? items : throw Wrong(path, value, "a list");
    }

    /// <summary>Elements of a list as texts.</summary>
    /// <exception cref="HoconException">The value is missing, null or no list, or an element is no text.</exception>
    public IReadOnlyList<string> GetStringList(string path) =>
        [.. GetList(path).Select(item => HoconConvert.TryString(item, out string? text) ? text : throw Wrong(path, item, "a list of strings"))];

    /// <summary>Elements of a list as whole numbers of 32 bits.</summary>
    /// <exception cref="HoconException">The value is missing, null or no list, or an element is no whole number.</exception>
    public IReadOnlyList<int> GetInt32List(string path) =>
        [.. GetList(path).Select(item => HoconConvert.TryInt64(item, out long number) && number is >= int.MinValue and <= int.MaxValue
            ? (int)number
            : throw Wrong(path, item, "a list of whole numbers"))];

    /// <summary>An object.</summary>
    /// <exception cref="HoconException">The value is missing, null or no object.</exception>
    public HoconObject GetObject(string path)
    {
        HoconValue value = Find(path);
        return value as HoconObject ?? throw Wrong(path, value, "an object");
    }

    private HoconValue Find(string path)
    {
        HoconValue value = Root;
        foreach (string name in HoconPath.Parse(path).Elements)
        {
            if (value is not HoconObject parent)
                throw Wrong(path, value, "an object on the way to it");
            if (!parent.TryGetField(name, out HoconValue? child))
                throw new HoconException(HoconErrorKind.Missing, parent.Location, path, "the key is missing");
            value = child;
        }

        return value;
    }

    private static HoconException Wrong(string path, HoconValue value, string expected, bool isText = false)
    {
        HoconErrorKind kind = value switch
        {
            HoconScalar { Kind: HoconScalarKind.Null } => HoconErrorKind.Null,
            HoconScalar when isText => HoconErrorKind.Value,
            _ => HoconErrorKind.Type,
        };
        string given = value is HoconScalar scalar ? $"'{scalar.Text}'" : $"a value of kind {value.KindName}";
        return new HoconException(kind, value.Location, path, $"{given} stands where {expected} belongs");
    }
}
