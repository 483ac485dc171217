namespace Natflow.Actors;

/// <summary>
/// An actor with one handler for each message type, registered in its constructor or inside <see cref="Become(Action)"/>. The first
/// handler that fits gets the message.
/// </summary>
public abstract class ReceiveActor : ActorBase
{
    private readonly Handlers _initial = new();
    private Handlers? _configuring;

    /// <summary>Opens the initial behaviour for registration by the derived constructor.</summary>
    protected ReceiveActor() => _configuring = _initial;

    /// <inheritdoc />
    protected sealed override bool Receive(object message)
    {
        _configuring = null; // Construction is over.
        return _initial.TryHandle(message);
    }

    /// <summary>Registers a handler for a type and its subtypes.</summary>
    /// <param name="handler">Handles the message.</param>
    /// <param name="shouldHandle">Narrows it further; null takes all.</param>
    protected void Receive<T>(Action<T> handler, Predicate<T>? shouldHandle = null) =>
        Configuring.Add(message =>
        {
            if (message is not T typed || shouldHandle?.Invoke(typed) == false) return false;
            handler(typed);
            return true;
        });

    /// <summary>Registers a handler for some messages of a type.</summary>
    /// <param name="shouldHandle">Which ones.</param>
    /// <param name="handler">Handles the message.</param>
    protected void Receive<T>(Predicate<T> shouldHandle, Action<T> handler) => Receive(handler, shouldHandle);

    /// <summary>Registers a handler that may end later: the actor handles nothing else until then (contract A5).</summary>
    /// <param name="handler">Runs in the actor's context as long as it does not use <c>ConfigureAwait(false)</c>; <c>Sender</c> stays.</param>
    /// <param name="shouldHandle">Narrows it; null takes all.</param>
    protected void ReceiveAsync<T>(Func<T, Task> handler, Predicate<T>? shouldHandle = null) =>
        Receive(message => RunAsync(handler, message), shouldHandle);

    /// <summary>Registers a handler for whatever no other took.</summary>
    /// <param name="handler">Handles the message.</param>
    protected void ReceiveAny(Action<object> handler) => Receive(handler);

    /// <summary>Replaces the current behaviour from the next message on.</summary>
    /// <param name="configure">Registers the handlers of the new behaviour.</param>
    protected void Become(Action configure) => Become(Configured(configure));

    /// <summary>Puts a behaviour on top of the current one.</summary>
    /// <param name="configure">Registers the handlers of the new behaviour.</param>
    protected void BecomeStacked(Action configure) => BecomeStacked(Configured(configure));

    private Handlers Configuring =>
        _configuring ?? throw new InvalidOperationException("handlers are registered in the constructor or inside Become");

    private Receive Configured(Action configure)
    {
        Handlers? outer = _configuring;
        var handlers = new Handlers();
        _configuring = handlers;
        configure();
        _configuring = outer;
        return handlers.TryHandle;
    }

    private sealed class Handlers
    {
        private Receive[] _handlers = [];

        internal void Add(Receive handler) => _handlers = [.. _handlers, handler];

        internal bool TryHandle(object message)
        {
            foreach (Receive handler in _handlers)
            {
                if (handler(message)) return true;
            }

            return false;
        }
    }
}
