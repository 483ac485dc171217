namespace Natflow.Inspect.Domains;

/// <summary>What a host name may hold beside the original's rules: letters, digits, hyphens, dots.</summary>
[Flags]
public enum HostNameRules : byte
{
    /// <summary>The original's rules: a name with an underscore is no name.</summary>
    Strict = 0,

    /// <summary>A port may follow after one colon, as in an HTTP Host header; it is cut off.</summary>
    WithPort = 1 << 0,

    /// <summary>Underscores are letters: service names, many names of content networks.</summary>
    WithUnderscore = 1 << 1,
}
