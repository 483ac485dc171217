namespace Natflow.Hocon.Resolving;

/// <summary>Adjacent pieces of which at least one is a substitution, so that only resolving can join them.</summary>
internal sealed class HoconConcatenation : HoconValue
{
    internal HoconConcatenation(HoconLocation location, IReadOnlyList<HoconValue> pieces)
        : base(location) => Pieces = pieces;

    /// <summary>The pieces, whitespace between them included.</summary>
    internal IReadOnlyList<HoconValue> Pieces { get; }

    /// <inheritdoc />
    public override string KindName => "concatenation";

    internal override bool IsResolved => false;

    internal override bool HidesOlder => false;
}
