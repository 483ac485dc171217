namespace Natflow.Inspect.Catalogue;

/// <summary>Something wrong in a catalogue file.</summary>
/// <param name="File">Its name, as it was given.</param>
/// <param name="Line">From 1; 0 for the whole file.</param>
/// <param name="Message">What is wrong, and what is allowed.</param>
public sealed record CatalogueError(string File, int Line, string Message)
{
    /// <summary><c>file:line: message</c>.</summary>
    public override string ToString() => $"{File}:{Line}: {Message}";
}
