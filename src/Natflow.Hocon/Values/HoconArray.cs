namespace Natflow.Hocon;

/// <summary>A list.</summary>
public sealed class HoconArray : HoconValue
{
    internal HoconArray(HoconLocation location, IReadOnlyList<HoconValue> items, bool isResolved)
        : base(location)
    {
        Items = items;
        IsResolved = isResolved;
        if (!isResolved)
            return;
        Weight = 1 + items.Sum(static item => item.Weight);
        Height = 1 + (items.Count == 0 ? 0 : items.Max(static item => item.Height));
    }

    private HoconArray(HoconLocation location, IReadOnlyList<HoconValue> items, long weight, int height)
        : base(location)
    {
        Items = items;
        IsResolved = true;
        Weight = weight;
        Height = height;
    }

    /// <summary>The elements.</summary>
    public IReadOnlyList<HoconValue> Items { get; }

    /// <inheritdoc />
    public override string KindName => "list";

    internal override bool IsResolved { get; }

    internal override bool HidesOlder => true;

    internal override long Weight { get; } = 1;

    internal override int Height { get; } = 1;

    /// <summary>This list with the elements of another behind its own. What both know of themselves is not counted again.</summary>
    internal HoconArray Append(HoconArray other)
    {
        HoconValue[] items = [.. Items, .. other.Items];
        return IsResolved && other.IsResolved
            ? new HoconArray(Location, items, Weight + other.Weight - 1, Math.Max(Height, other.Height))
            : new HoconArray(Location, items, isResolved: false);
    }
}
