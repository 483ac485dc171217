namespace Natflow.Policy.Sets;

/// <summary>What was wrong with a line of a set file.</summary>
/// <param name="File">Name of the file, as given.</param>
/// <param name="Line">Number of the line, from 1.</param>
/// <param name="Text">What is wrong and what was expected.</param>
public readonly record struct SetFileError(string File, int Line, string Text)
{
    /// <summary><c>file:line: text</c>.</summary>
    public override string ToString() => $"{File}:{Line}: {Text}";
}
