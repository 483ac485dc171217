using Xunit.Abstractions;
using Xunit.Sdk;

namespace Natflow.Testing.SecondTry;

/// <summary>What a try says, held back until it is known whether it counts.</summary>
internal sealed class HeldMessages : IMessageBus
{
    private readonly Lock _lock = new();
    private readonly List<IMessageSinkMessage> _messages = [];

    /// <summary>Why it failed, and what it wrote; empty where it did not.</summary>
    internal string Failure
    {
        get
        {
            lock (_lock)
                return string.Join("; ", _messages.OfType<IFailureInformation>().SelectMany(static failure => failure.Messages).Concat(_messages.OfType<ITestFailed>().Select(static failed => failed.Output)));
        }
    }

    /// <inheritdoc />
    public bool QueueMessage(IMessageSinkMessage message)
    {
        lock (_lock)
            _messages.Add(message);
        return true;
    }

    /// <summary>Passes all on, in order.</summary>
    internal void SendTo(IMessageBus bus)
    {
        lock (_lock)
        {
            foreach (IMessageSinkMessage message in _messages)
                _ = bus.QueueMessage(message);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
    }
}
