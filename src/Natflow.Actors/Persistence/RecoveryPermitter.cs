namespace Natflow.Actors.Persistence;

/// <summary>Lets a bounded number of actors recover at a time: a thousand at once would starve the journal (contract P2).</summary>
internal sealed class RecoveryPermitter : ReceiveActor
{
    private readonly Queue<IActorRef> _waiting = new();
    private readonly HashSet<IActorRef> _holders = [];
    private readonly int _max;

    internal RecoveryPermitter(int max)
    {
        _max = max;
        Receive<Request>(_ => OnRequest());
        Receive<Return>(_ => Release(Sender));
        Receive<Terminated>(terminated => Release(terminated.ActorRef));
    }

    private void OnRequest()
    {
        Context.Watch(Sender);
        if (_holders.Count < _max)
            Grant(Sender);
        else
            _waiting.Enqueue(Sender);
    }

    private void Release(IActorRef holder)
    {
        Context.Unwatch(holder);
        if (!_holders.Remove(holder))
        {
            Forget(holder);
            return;
        }

        if (_waiting.TryDequeue(out IActorRef? next))
            Grant(next);
    }

    private void Forget(IActorRef waiting)
    {
        for (int i = _waiting.Count; i > 0; i--)
        {
            IActorRef other = _waiting.Dequeue();
            if (!other.Equals(waiting))
                _waiting.Enqueue(other);
        }
    }

    private void Grant(IActorRef holder)
    {
        _holders.Add(holder);
        holder.Tell(Granted.Instance, Self);
    }

    internal sealed class Request
    {
        internal static readonly Request Instance = new();
    }

    internal sealed class Granted
    {
        internal static readonly Granted Instance = new();
    }

    internal sealed class Return
    {
        internal static readonly Return Instance = new();
    }
}
