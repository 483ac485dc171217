namespace Natflow.Hocon;

/// <summary>Where a value or an error stands in the configuration's text.</summary>
/// <param name="File">Path of the file as it was named, or the name given to a text; never empty.</param>
/// <param name="Line">Line, from 1; 0 where the value has no line, as one from the environment.</param>
/// <param name="Column">Column in UTF-16 units, from 1; 0 where there is no line.</param>
public readonly record struct HoconLocation(string File, int Line, int Column)
{
    /// <summary><c>file:line</c>, or the file alone where there is no line.</summary>
    public override string ToString() => Line > 0 ? $"{File}:{Line}" : File;
}
