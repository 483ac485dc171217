using Natflow.Actors.Cells;

namespace Natflow.Actors.Dispatch;

/// <summary>
/// The messages of one actor, and its turn: at most one thread at a time takes system messages first and then user messages
/// (contracts A3, M1, M4).
/// </summary>
/// <remarks>
/// A sender enqueues, fences, and looks whether a turn is outstanding; the turn marks itself idle, fences, and looks for messages.
/// One of the two sees the other, so no message is left behind.
/// </remarks>
internal sealed class Mailbox : IThreadPoolWorkItem
{
    private const int Idle = 0;
    private const int Scheduled = 1;

    private readonly MpscQueue<Envelope> _queue = new();
    private readonly ActorCell _cell;
    private readonly MessageDispatcher _dispatcher;
    private readonly int _capacity; // 0 is unbounded.
    private Stack<Envelope>? _front; // Unstashed messages; the top is next. Owner turn.
    private SystemMessage? _system; // Newest first.
    private volatile Gate _gate; // Written by the turn.
    private int _suspendCount; // Owner turn.
    private int _status;
    private int _count; // Of a bounded queue.
    private long _refusedCount;

    internal Mailbox(ActorCell cell, MessageDispatcher dispatcher, int capacity)
    {
        _cell = cell;
        _dispatcher = dispatcher;
        _capacity = capacity;
    }

    private enum Gate
    {
        Open,
        Suspended,
        Closed,
    }

    internal long RefusedCount => Volatile.Read(ref _refusedCount);

    internal bool IsClosed => _gate == Gate.Closed;

    /// <summary>Any thread.</summary>
    /// <param name="envelope">Message and sender.</param>
    /// <param name="exempt">Passes the bound: what the kernel itself owes the actor is bounded by the actor's timers and watches. So does
    /// what the kernel handles, such as <see cref="PoisonPill"/>: an actor that cannot keep up can still be stopped.</param>
    /// <returns>False if the actor is gone or its bound is met: a dead letter.</returns>
    internal bool TryPost(in Envelope envelope, bool exempt = false)
    {
        if (IsClosed || (_capacity != 0 && !TryReserve(exempt || envelope.Message is IAutoReceivedMessage))) return false;
        _queue.Enqueue(envelope);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _status) == Idle && _gate != Gate.Suspended) Wake();
        return true;
    }

    /// <summary>Any thread; never refused, also by a closed mailbox, whose turn hands it to the dead letters.</summary>
    internal void PostSystem(SystemMessage message)
    {
        SystemMessage? newest = Volatile.Read(ref _system);
        while (true)
        {
            message.Next = newest;
            SystemMessage? seen = Interlocked.CompareExchange(ref _system, message, newest);
            if (ReferenceEquals(seen, newest)) break;
            newest = seen;
        }

        if (Volatile.Read(ref _status) == Idle) Wake();
    }

    /// <inheritdoc />
    public void Execute() => Run(_dispatcher.Throughput);

    /// <summary>A turn: all system messages, and at most <paramref name="max"/> user messages.</summary>
    /// <returns>How many user messages were handled.</returns>
    internal int Run(int max)
    {
        ActorCell? outer = ActorCell.Current;
        ActorCell.Current = _cell;
        int count = 0;
        RunSystem();
        while (count < max && _gate == Gate.Open && TryTake(out Envelope envelope))
        {
            _cell.Invoke(envelope);
            count++;
            if (Volatile.Read(ref _system) is not null) RunSystem();
        }

        if (_gate == Gate.Closed) DrainToDeadLetters();
        _cell.EndTurn();
        ActorCell.Current = outer;
        EndTurn();
        return count;
    }

    /// <summary>Owner turn: no user message until as many calls of <see cref="Resume"/>.</summary>
    internal void Suspend()
    {
        _suspendCount++;
        if (_gate == Gate.Open) _gate = Gate.Suspended;
    }

    /// <summary>Owner turn.</summary>
    internal void Resume()
    {
        if (--_suspendCount == 0 && _gate == Gate.Suspended) _gate = Gate.Open;
    }

    /// <summary>Owner turn: puts a message before all others.</summary>
    internal void Prepend(in Envelope envelope) => (_front ??= new Stack<Envelope>()).Push(envelope);

    /// <summary>Owner turn: the actor is gone; what waits and what still comes are dead letters.</summary>
    internal void Close()
    {
        _gate = Gate.Closed;
        DrainToDeadLetters();
    }

    private bool TryReserve(bool exempt)
    {
        if (Interlocked.Increment(ref _count) <= _capacity || exempt) return true;
        Interlocked.Decrement(ref _count);
        Interlocked.Increment(ref _refusedCount);
        _cell.System.CountRefused();
        return false;
    }

    private bool TryTake(out Envelope envelope)
    {
        if (_front is { Count: > 0 } front)
        {
            envelope = front.Pop();
            return true;
        }

        if (!_queue.TryDequeue(out envelope)) return false;
        if (_capacity != 0) Interlocked.Decrement(ref _count);
        return true;
    }

    private void RunSystem()
    {
        while (Interlocked.Exchange(ref _system, null) is { } newest)
        {
            SystemMessage? message = Reverse(newest);
            while (message is not null)
            {
                SystemMessage? next = message.Next;
                message.Next = null;
                _cell.InvokeSystem(message);
                message = next;
            }
        }
    }

    private void DrainToDeadLetters()
    {
        while (TryTake(out Envelope envelope))
            _cell.System.DeadLetterOffice.Publish(envelope.Message, envelope.Sender, _cell.Self);
    }

    private void EndTurn()
    {
        if (_gate == Gate.Open && (_front is { Count: > 0 } || _queue.HasItem))
        {
            _dispatcher.Schedule(this, yielding: true);
            return;
        }

        Interlocked.Exchange(ref _status, Idle);
        bool hasWork = Volatile.Read(ref _system) is not null || (_gate != Gate.Suspended && _queue.HasItem);
        if (hasWork) Wake();
    }

    private void Wake()
    {
        if (Interlocked.CompareExchange(ref _status, Scheduled, Idle) == Idle)
            _dispatcher.Schedule(this, yielding: false);
    }

    private static SystemMessage Reverse(SystemMessage newest)
    {
        SystemMessage? reversed = null;
        SystemMessage? message = newest;
        while (message is not null)
        {
            SystemMessage? next = message.Next;
            message.Next = reversed;
            reversed = message;
            message = next;
        }

        return reversed!;
    }
}
