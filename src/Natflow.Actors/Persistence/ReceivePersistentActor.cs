namespace Natflow.Actors.Persistence;

/// <summary>A persistent actor with one handler for each type of command and of event, registered in its constructor.</summary>
public abstract class ReceivePersistentActor : PersistentActor
{
    private readonly List<Receive> _commands = [];
    private readonly List<Receive> _recovers = [];
    private List<Receive>? _configuring;

    /// <summary>Opens the initial behaviour for registration by the derived constructor.</summary>
    protected ReceivePersistentActor() => _configuring = _commands;

    /// <inheritdoc />
    protected sealed override bool ReceiveCommand(object message)
    {
        _configuring = null;
        return TryHandle(_commands, message);
    }

    /// <inheritdoc />
    protected sealed override bool ReceiveRecover(object message) => TryHandle(_recovers, message) || message is RecoveryCompleted;

    /// <summary>Registers a handler of commands of a type and its subtypes.</summary>
    /// <param name="handler">Handles the command.</param>
    /// <param name="shouldHandle">Narrows it further; null takes all.</param>
    protected void Command<T>(Action<T> handler, Predicate<T>? shouldHandle = null) =>
        (_configuring ?? throw new InvalidOperationException("handlers are registered in the constructor or inside Become")).Add(Of(handler, shouldHandle));

    /// <summary>Registers a handler of some commands of a type.</summary>
    /// <param name="shouldHandle">Which ones.</param>
    /// <param name="handler">Handles the command.</param>
    protected void Command<T>(Predicate<T> shouldHandle, Action<T> handler) => Command(handler, shouldHandle);

    /// <summary>Registers a handler of whatever command no other took.</summary>
    /// <param name="handler">Handles the command.</param>
    protected void CommandAny(Action<object> handler) => Command(handler);

    /// <summary>Registers a handler of events of a type and its subtypes, of <see cref="SnapshotOffer"/> or of <see cref="RecoveryCompleted"/>.</summary>
    /// <param name="handler">Handles it, without side effects.</param>
    /// <param name="shouldHandle">Narrows it further; null takes all.</param>
    protected void Recover<T>(Action<T> handler, Predicate<T>? shouldHandle = null) => _recovers.Add(Of(handler, shouldHandle));

    /// <summary>Replaces the behaviour towards commands from the next one on.</summary>
    /// <param name="configure">Registers the handlers of the new behaviour.</param>
    protected void Become(Action configure)
    {
        List<Receive>? outer = _configuring;
        List<Receive> handlers = [];
        _configuring = handlers;
        configure();
        _configuring = outer;
        Become(message => TryHandle(handlers, message));
    }

    private static Receive Of<T>(Action<T> handler, Predicate<T>? shouldHandle) => message =>
    {
        if (message is not T typed || shouldHandle?.Invoke(typed) == false) return false;
        handler(typed);
        return true;
    };

    private static bool TryHandle(List<Receive> handlers, object message)
    {
        foreach (Receive handler in handlers)
        {
            if (handler(message)) return true;
        }

        return false;
    }
}
