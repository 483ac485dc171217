namespace Natflow.Host.Settings;

/// <summary>Least severe event that is logged.</summary>
public enum LogLevel
{
    /// <summary>What the gateway could not do.</summary>
    Error,

    /// <summary>What the operator may not expect.</summary>
    Warning,

    /// <summary>What changed.</summary>
    Info,

    /// <summary>Why.</summary>
    Debug,

    /// <summary>Each step.</summary>
    Trace,
}
