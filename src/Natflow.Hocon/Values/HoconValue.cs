namespace Natflow.Hocon;

/// <summary>A value of a configuration. Immutable once its document is resolved; any thread reads.</summary>
public abstract class HoconValue
{
    private protected HoconValue(HoconLocation location) => Location = location;

    /// <summary>Where the value was written.</summary>
    public HoconLocation Location { get; }

    /// <summary>The value's kind as an operator would call it: string, number, boolean, null, list, object.</summary>
    public abstract string KindName { get; }

    /// <summary>Whether nothing below is left to substitute.</summary>
    internal abstract bool IsResolved { get; }

    /// <summary>Whether an older value can have no part in the result when this one lies over it.</summary>
    internal abstract bool HidesOlder { get; }

    /// <summary>Number of values in the tree, this one included.</summary>
    internal virtual long Weight => 1;

    /// <summary>Levels of the tree, this one included.</summary>
    internal virtual int Height => 1;
}
