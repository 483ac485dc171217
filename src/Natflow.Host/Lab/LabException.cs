namespace Natflow.Host.Lab;

/// <summary>The lab cannot be built, asked or measured. The message is for the operator: what failed, and what to do.</summary>
public sealed class LabException : Exception
{
    /// <summary>With a message for the operator.</summary>
    public LabException(string message)
        : base(message)
    {
    }
}
