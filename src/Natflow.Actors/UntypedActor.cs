namespace Natflow.Actors;

/// <summary>An actor that looks at each message itself and calls <see cref="ActorBase.Unhandled"/> for those it does not know.</summary>
public abstract class UntypedActor : ActorBase
{
    /// <inheritdoc />
    protected sealed override bool Receive(object message)
    {
        OnReceive(message);
        return true;
    }

    /// <summary>Handles a message.</summary>
    /// <param name="message">Never null.</param>
    protected abstract void OnReceive(object message);

    /// <summary>Replaces the current behaviour from the next message on.</summary>
    /// <param name="receive">Handles messages.</param>
    protected void Become(Action<object> receive) => Become(Handling(receive));

    /// <summary>Puts a behaviour on top of the current one.</summary>
    /// <param name="receive">Handles messages.</param>
    protected void BecomeStacked(Action<object> receive) => BecomeStacked(Handling(receive));

    private static Receive Handling(Action<object> receive) => message =>
    {
        receive(message);
        return true;
    };
}
