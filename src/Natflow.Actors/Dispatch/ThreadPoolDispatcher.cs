namespace Natflow.Actors.Dispatch;

/// <summary>The default: turns run on the .NET thread pool.</summary>
/// <param name="id">Name of the dispatcher.</param>
/// <param name="throughput">Messages of a turn.</param>
public sealed class ThreadPoolDispatcher(string id, int throughput = MessageDispatcher.DefaultThroughput)
    : MessageDispatcher(id, throughput)
{
    /// <inheritdoc />
    /// <remarks>A fresh turn goes to the local queue of a pool thread, where its message is warm; a yielding one goes behind all others.</remarks>
    public override void Schedule(IThreadPoolWorkItem turn, bool yielding) =>
        ThreadPool.UnsafeQueueUserWorkItem(turn, preferLocal: !yielding);
}
