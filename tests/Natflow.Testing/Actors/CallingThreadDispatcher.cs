using Natflow.Actors.Dispatch;

namespace Natflow.Testing.Actors;

/// <summary>
/// <c>Tell</c> handles the message before it returns, unless another thread is in the actor's turn: then that thread handles it.
/// </summary>
public sealed class CallingThreadDispatcher() : MessageDispatcher(DispatcherId, int.MaxValue)
{
    /// <summary>For <see cref="Natflow.Actors.Props.WithDispatcher"/>.</summary>
    public const string DispatcherId = "calling-thread-dispatcher";

    /// <inheritdoc />
    public override void Schedule(IThreadPoolWorkItem turn, bool yielding) => turn.Execute();
}
