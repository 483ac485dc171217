namespace Natflow.Actors.Event;

/// <summary>How important a log event is.</summary>
public enum LogLevel
{
    /// <summary>For whoever looks for a fault.</summary>
    DebugLevel,

    /// <summary>Normal operation.</summary>
    InfoLevel,

    /// <summary>Works, but not as meant.</summary>
    WarningLevel,

    /// <summary>Something did not work.</summary>
    ErrorLevel,
}
