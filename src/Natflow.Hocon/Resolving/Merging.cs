namespace Natflow.Hocon.Resolving;

/// <summary>The one rule for duplicate keys, included files and layered documents: newer over older, two values at a time.</summary>
internal static class Merging
{
    /// <summary>Merges two values of one field.</summary>
    /// <param name="newer">The value that wins where both say something.</param>
    /// <param name="older">The earlier value.</param>
    /// <param name="mayChangeOlder">Whether <paramref name="older"/> belongs to the caller alone; else it is copied before it changes.</param>
    internal static HoconValue Merge(HoconValue newer, HoconValue older, bool mayChangeOlder)
    {
        if (newer.HidesOlder)
            return newer;
        return (newer, older) switch
        {
            (HoconObject over, HoconObject under) => MergeObjects(over, under, mayChangeOlder),
            (_, HoconMergeStack stack) => PutOnStack(newer, stack, mayChangeOlder),
            (HoconObject over, HoconReference or HoconConcatenation) => new HoconMergeStack(over.Location, [older, over]),
            (HoconObject over, _) => Cut(over, mayChangeOlder),
            _ => new HoconMergeStack(newer.Location, [.. LayersOf(older), .. LayersOf(newer)]),
        };
    }

    /// <summary>Puts a field into an object that its reader still builds.</summary>
    internal static void Put(HoconObject target, string name, HoconValue value)
    {
        if (target.TryGetField(name, out HoconValue? older))
            target.Set(name, Merge(value, older, mayChangeOlder: true));
        else
            target.Set(name, value);
    }

    /// <summary>The values of a field one by one, oldest first.</summary>
    internal static IReadOnlyList<HoconValue> LayersOf(HoconValue value) => value is HoconMergeStack stack ? stack.Layers : [value];

    private static HoconObject MergeObjects(HoconObject over, HoconObject under, bool mayChangeOlder)
    {
        HoconObject merged = mayChangeOlder && !under.IsResolved ? under : under.Copy();
        foreach ((string name, HoconValue value) in over.Fields)
        {
            if (merged.TryGetField(name, out HoconValue? older))
                merged.Set(name, Merge(value, older, mayChangeOlder));
            else
                merged.Set(name, value);
        }

        return merged;
    }

    // One more layer costs one list entry, however many there are: a hostile text cannot make the reader square.
    private static HoconMergeStack PutOnStack(HoconValue newer, HoconMergeStack stack, bool mayChange)
    {
        HoconMergeStack result = mayChange ? stack : new HoconMergeStack(newer.Location, [.. stack.Layers]);
        if (newer is HoconObject over && result.Layers[^1] is HoconObject under)
            result.Layers[^1] = MergeObjects(over, under, mayChange);
        else
            result.Layers.AddRange(LayersOf(newer));
        return result;
    }

    private static HoconObject Cut(HoconObject over, bool mayChange)
    {
        HoconObject cut = mayChange && !over.IsResolved ? over : over.Copy();
        cut.IsCut = true;
        return cut;
    }
}
