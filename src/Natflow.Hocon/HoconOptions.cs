namespace Natflow.Hocon;

/// <summary>What a configuration may see besides its own text.</summary>
public sealed record HoconOptions
{
    /// <summary>Value of an environment variable, null where there is none. The default sees none.</summary>
    public Func<string, string?> Environment { get; init; } = static _ => null;

    /// <summary>Text of a resource (<c>classpath("...")</c>) by name without a leading slash, null where there is none. The default has none.</summary>
    public Func<string, string?> Resources { get; init; } = static _ => null;

    /// <summary>Directory that <c>file("...")</c> with a relative path starts from.</summary>
    public string BaseDirectory { get; init; } = Directory.GetCurrentDirectory();

    /// <summary>Bounds.</summary>
    public HoconLimits Limits { get; init; } = new();
}
