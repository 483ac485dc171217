namespace Natflow.Actors;

/// <summary>What a supervisor does with a child that failed (contract V1).</summary>
public enum Directive
{
    /// <summary>Goes on with its state; the message that failed is lost.</summary>
    Resume,

    /// <summary>Goes on with a new instance.</summary>
    Restart,

    /// <summary>Stops for good.</summary>
    Stop,

    /// <summary>The supervisor itself fails, with the same cause.</summary>
    Escalate,
}
