namespace Natflow.Host.Live;

/// <summary>The gateway cannot start or go on. The message is for the operator: what, where, and what to do.</summary>
public sealed class GatewayException : Exception
{
    /// <summary>With a message for the operator.</summary>
    public GatewayException(string message)
        : base(message)
    {
    }
}
