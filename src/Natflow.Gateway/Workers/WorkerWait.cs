using Natflow.Memory;

namespace Natflow.Gateway.Workers;

/// <summary>What an idle worker waits on: packets at its ports, where these have descriptors, and what its actors get otherwise: messages, mostly.</summary>
/// <remarks>
/// A sender puts its message, fences, and looks whether the worker waits; the worker says that it waits, fences, and looks for messages. One of the two sees the
/// other, so no message lies for the length of a wait; and while the worker is busy a message costs its sender no call.
/// </remarks>
internal sealed class WorkerWait : WaitHandle
{
    private readonly WakeDescriptor _wake = new();
    private readonly DescriptorWait _descriptors;
    private readonly Func<bool> _hasInput;
    private bool _isWaiting;
    private long _waitCount;

    /// <summary>Makes one.</summary>
    /// <param name="descriptors">Of the ports; may be none.</param>
    /// <param name="hasInput">Whether anything waits for one of the worker's actors that is no packet at a port.</param>
    internal WorkerWait(IReadOnlyList<int> descriptors, Func<bool> hasInput)
    {
        _descriptors = new DescriptorWait([_wake.Descriptor, .. descriptors]);
        _hasInput = hasInput;
    }

    /// <summary>Waits that have begun so far. Any thread.</summary>
    internal long WaitCount => Volatile.Read(ref _waitCount);

    /// <summary>Ends a wait, if there is one. Any thread, after what the worker is to see has been put.</summary>
    internal void Wake()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _isWaiting))
            _wake.Set();
    }

    /// <summary>Waits. The worker's thread.</summary>
    /// <param name="millisecondsTimeout">Longest wait in ms.</param>
    /// <returns>Whether something came.</returns>
    public override bool WaitOne(int millisecondsTimeout)
    {
        Volatile.Write(ref _isWaiting, true);
        Interlocked.Increment(ref _waitCount); // A fence too.
        bool hasCome = _hasInput() || _descriptors.WaitOne(millisecondsTimeout);
        Volatile.Write(ref _isWaiting, false);
        _wake.Clear();
        return hasCome;
    }

    /// <inheritdoc />
    protected override void Dispose(bool explicitDisposing)
    {
        if (explicitDisposing)
        {
            _descriptors.Dispose();
            _wake.Dispose();
        }

        base.Dispose(explicitDisposing);
    }
}
