namespace Natflow.Host.Settings;

/// <summary>What to make of something that a driver may or may not have.</summary>
public enum Requirement
{
    /// <summary>Used where it is there; a fallback is reported.</summary>
    Auto,

    /// <summary>The gateway does not start without it.</summary>
    Require,

    /// <summary>Never used.</summary>
    Off,
}
