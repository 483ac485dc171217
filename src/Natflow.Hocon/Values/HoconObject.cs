using System.Diagnostics.CodeAnalysis;

namespace Natflow.Hocon;

/// <summary>An object: fields by name, in the order in which they were first written.</summary>
public sealed class HoconObject : HoconValue
{
    private readonly OrderedDictionary<string, HoconValue> _fields;

    internal HoconObject(HoconLocation location)
        : base(location) => _fields = new OrderedDictionary<string, HoconValue>(StringComparer.Ordinal);

    private HoconObject(HoconLocation location, OrderedDictionary<string, HoconValue> fields, bool isResolved)
        : base(location)
    {
        _fields = fields;
        IsResolved = isResolved;
        if (!isResolved)
            return;
        Weight = 1 + fields.Values.Sum(static field => field.Weight);
        Height = 1 + (fields.Count == 0 ? 0 : fields.Values.Max(static field => field.Height));
    }

    /// <summary>The fields.</summary>
    public IReadOnlyDictionary<string, HoconValue> Fields => _fields;

    /// <inheritdoc />
    public override string KindName => "object";

    internal override bool IsResolved { get; }

    internal override bool HidesOlder => IsCut;

    /// <summary>Whether the object once replaced a value that was no object, so that still older objects do not shine through.</summary>
    internal bool IsCut { get; set; }

    internal override long Weight { get; } = 1;

    internal override int Height { get; } = 1;

    /// <summary>A field by its name alone: a dot in the name has no meaning here.</summary>
    public bool TryGetField(string name, [NotNullWhen(true)] out HoconValue? value) => _fields.TryGetValue(name, out value);

    /// <summary>An object whose fields are all resolved.</summary>
    internal static HoconObject Resolved(HoconLocation location, OrderedDictionary<string, HoconValue> fields) => new(location, fields, isResolved: true);

    /// <summary>Puts a field in place of any earlier one. For readers, while they build.</summary>
    internal void Set(string name, HoconValue value) => _fields[name] = value;

    /// <summary>A copy that may be changed without changing this one.</summary>
    internal HoconObject Copy() =>
        new(Location, new OrderedDictionary<string, HoconValue>(_fields, StringComparer.Ordinal), isResolved: false) { IsCut = IsCut };
}
