namespace Natflow.Hocon;

/// <summary>The one exception that hostile or mistaken configuration text can cause.</summary>
public sealed class HoconException : Exception
{
    internal HoconException(HoconErrorKind kind, HoconLocation location, string path, string reason)
        : base(path.Length == 0 ? $"{location}: {reason}" : $"{location}: {path}: {reason}")
    {
        Kind = kind;
        Location = location;
        Path = path;
        Reason = reason;
    }

    /// <summary>The class of the mistake.</summary>
    public HoconErrorKind Kind { get; }

    /// <summary>File, line and column.</summary>
    public HoconLocation Location { get; }

    /// <summary>The key concerned, as a path expression; empty where the text has not come to one.</summary>
    public string Path { get; }

    /// <summary>What is wrong and what was expected, without place and path.</summary>
    public string Reason { get; }
}
