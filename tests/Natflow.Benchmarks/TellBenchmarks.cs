using BenchmarkDotNet.Attributes;
using Natflow.Actors;
using Natflow.Actors.Dispatch;

namespace Natflow.Benchmarks;

/// <summary>Messages to a data actor, handled between two bursts on the polling thread; the mean is per message.</summary>
public class TellBenchmarks : IDisposable
{
    private const int MessagesPerInvoke = 256;
    private const int MailboxCapacity = 1024;

    private static readonly object Message = new();

    private readonly PolledMailbox _mailbox = new(MailboxCapacity);
    private ActorSystem _system = null!;
    private IActorRef _actor = null!;

    /// <summary>Starts the actor.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _system = ActorSystem.Create("bench");
        _actor = _system.ActorOf(Props.Create(static () => new Sink()).WithPolledMailbox(_mailbox));
        Drain();
    }

    /// <summary>Tells and handles.</summary>
    [Benchmark(OperationsPerInvoke = MessagesPerInvoke)]
    public int TellAndDrain()
    {
        for (int i = 0; i < MessagesPerInvoke; i++)
            _actor.Tell(Message, ActorRefs.NoSender);
        return Drain();
    }

    /// <summary>Ends the system.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _mailbox.HandOver();
        _system.Terminate().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }

    private int Drain()
    {
        int handled = 0;
        while (!_mailbox.IsEmpty)
            handled += _mailbox.Drain(MessagesPerInvoke);
        return handled;
    }

    private sealed class Sink : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            // Nothing: the way here is what is measured.
        }
    }
}
