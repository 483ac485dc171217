namespace Natflow.Hocon.Resolving;

/// <summary>The substitutions that are being resolved right now, outermost first: what a self-reference must not see again.</summary>
internal sealed class ActiveLayers
{
    private readonly Dictionary<HoconValue, Layer> _layers = new(ReferenceEqualityComparer.Instance);

    /// <summary>Number of active substitutions.</summary>
    internal int Count => _layers.Count;

    /// <summary>The outermost active layer that was met since the last <see cref="BeginWatch"/>; <see cref="int.MaxValue"/> for none.</summary>
    internal int OutermostMet { get; private set; } = int.MaxValue;

    /// <summary>Marks a layer as being resolved.</summary>
    /// <param name="layer">The substitution or concatenation.</param>
    /// <param name="below">What the older values of its field make; null for nothing.</param>
    /// <param name="field">The field's value that the layer is part of.</param>
    internal void Enter(HoconValue layer, HoconValue? below, HoconValue field) => _layers.Add(layer, new Layer(_layers.Count, below, field));

    /// <summary>Ends what <see cref="Enter"/> began.</summary>
    internal void Leave(HoconValue layer) => _layers.Remove(layer);

    /// <summary>Whether the layer is being resolved; meeting it makes the result depend on where the question came from.</summary>
    internal bool Meets(HoconValue layer)
    {
        if (!_layers.TryGetValue(layer, out Layer met))
            return false;
        OutermostMet = Math.Min(OutermostMet, met.Depth);
        return true;
    }

    /// <summary>What may be seen of a field's value from here: the part below the layer that is being resolved.</summary>
    internal HoconValue? VisiblePart(HoconValue field)
    {
        if (_layers.Count == 0)
            return field;
        IReadOnlyList<HoconValue> layers = Merging.LayersOf(field);
        for (int i = 0; i < layers.Count; i++)
        {
            if (layers[i] is HoconScalar or HoconArray or HoconObject || !Meets(layers[i]))
                continue;
            Layer met = _layers[layers[i]];
            return ReferenceEquals(met.Field, field) ? met.Below : Slice(field, layers, i);
        }

        return field;
    }

    /// <summary>Starts watching which active layers are met; the result belongs to <see cref="EndWatch"/>.</summary>
    internal int BeginWatch()
    {
        int outer = OutermostMet;
        OutermostMet = int.MaxValue;
        return outer;
    }

    /// <summary>Ends watching.</summary>
    /// <returns>Whether no layer was met that was active before the watch began, at <paramref name="depth"/>.</returns>
    internal bool EndWatch(int outer, int depth)
    {
        bool independent = OutermostMet >= depth;
        OutermostMet = independent ? outer : Math.Min(outer, OutermostMet);
        return independent;
    }

    // Layers are oldest first; what lies before the active one is below it.
    private static HoconValue? Slice(HoconValue field, IReadOnlyList<HoconValue> layers, int count) => count switch
    {
        0 => null,
        1 => layers[0],
        _ => new HoconMergeStack(field.Location, [.. layers.Take(count)]),
    };

    private readonly record struct Layer(int Depth, HoconValue? Below, HoconValue Field);
}
