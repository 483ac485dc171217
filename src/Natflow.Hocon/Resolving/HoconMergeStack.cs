namespace Natflow.Hocon.Resolving;

/// <summary>Values written for one field where a substitution among them leaves open what the field becomes.</summary>
internal sealed class HoconMergeStack : HoconValue
{
    internal HoconMergeStack(HoconLocation location, List<HoconValue> layers)
        : base(location) => Layers = layers;

    /// <summary>The values, oldest first; never a stack itself.</summary>
    internal List<HoconValue> Layers { get; }

    /// <inheritdoc />
    public override string KindName => "substitution";

    internal override bool IsResolved => false;

    internal override bool HidesOlder => Layers[0].HidesOlder;
}
