namespace Natflow.Cli.Control;

/// <summary>A running gateway could not be asked. The message is for the operator.</summary>
internal sealed class ControlException : Exception
{
    /// <summary>With a message.</summary>
    /// <param name="message">What is wrong and what to do.</param>
    /// <param name="isUsage">Whether the question itself was wrong.</param>
    internal ControlException(string message, bool isUsage)
        : base(message)
    {
        IsUsage = isUsage;
    }

    /// <summary>Whether the question itself was wrong.</summary>
    internal bool IsUsage { get; }
}
