namespace Natflow.Hocon.Reading;

/// <summary>How a source is written.</summary>
internal enum SourceSyntax
{
    /// <summary>HOCON.</summary>
    Hocon,

    /// <summary>Strict JSON.</summary>
    Json,

    /// <summary>Java properties.</summary>
    Properties,
}

/// <summary>One text, and what its includes are relative to.</summary>
/// <param name="Name">Name for errors.</param>
/// <param name="Text">The text.</param>
/// <param name="Syntax">How it is written.</param>
/// <param name="Directory">Directory of the file, or of the resource; null for a text that is neither.</param>
/// <param name="IsResource">Whether it is a resource.</param>
/// <param name="Depth">Includes that led here.</param>
internal sealed record SourceText(string Name, string Text, SourceSyntax Syntax, string? Directory, bool IsResource, int Depth);
