using Natflow.Memory;
using Natflow.Netlink.Model;

namespace Natflow.Netlink.Watch;

/// <summary>
/// Follows links, addresses, routes and neighbours of a network namespace, on a thread of its own. Changes come in bursts: a burst is
/// gathered until it pauses and published as one model. A publication is never sooner after the last than that one took, so that at
/// most half a core is spent however fast a routing daemon changes its routes.
/// </summary>
public sealed unsafe class NetworkWatcher : IDisposable
{
    private const int ConfirmMilliseconds = 250;

    private readonly NetworkWatcherSettings _settings;
    private readonly Action<NetworkModel, NetworkChange> _onChange;
    private readonly TimeProvider _time;
    private readonly ModelBuilder _builder = new();
    private readonly NetworkReader _reader;
    private readonly StopEvent _stop = new();
    private readonly Thread _thread;
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private NetworkModel _current = NetworkModel.Empty;
    private long _publicationCount;
    private long _burstStart;
    private long _notBefore;
    private long _confirmAt;
    private ModelParts _toConfirm;
    private int _isDisposed;

    private NetworkWatcher(NetworkWatcherSettings settings, Action<NetworkModel, NetworkChange> onChange, TimeProvider time)
    {
        _settings = settings;
        _onChange = onChange;
        _time = time;
        _reader = new NetworkReader(settings.NamespaceName, settings.ReceiveBufferBytes, _builder);
        _thread = new Thread(Run) { IsBackground = true, Name = $"netlink {settings.NamespaceName}" };
    }

    /// <summary>The latest model. Any thread.</summary>
    public NetworkModel Current => Volatile.Read(ref _current);

    /// <summary>Ends when the watcher ends: after disposal, or with a <see cref="NativeException"/> when the kernel refuses.</summary>
    public Task Completion => _end.Task;

    /// <summary>What it has done so far. Any thread; figures may lag.</summary>
    public NetworkWatcherCounters Counters => new(
        _reader.NotificationCount,
        _builder.MalformedCount,
        _reader.OverrunCount,
        _reader.DumpCount,
        Interlocked.Read(ref _publicationCount));

    /// <summary>Starts a watcher and waits for its first model.</summary>
    /// <param name="settings">How to watch.</param>
    /// <param name="onChange">
    /// Called on the watcher's thread with each model and what changed, the first time with all there is. Models that differ only in what
    /// <see cref="NetworkChange"/> does not tell (a neighbour's state) are set as <see cref="Current"/> without a call. What it throws
    /// ends the watcher and is found in <see cref="Completion"/>.
    /// </param>
    /// <param name="time">Null is the system's.</param>
    /// <returns>A watcher with <see cref="Current"/> set.</returns>
    /// <exception cref="NativeException">No such namespace, or the kernel refuses.</exception>
    public static NetworkWatcher Start(
        NetworkWatcherSettings settings, Action<NetworkModel, NetworkChange> onChange, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(onChange);
        if (settings.QuietMilliseconds < 1 || settings.BurstMillisecondsMax < 0)
            throw new ArgumentOutOfRangeException(nameof(settings), settings, "a burst needs a pause of 1 ms or more to end");
        var watcher = new NetworkWatcher(settings, onChange, time ?? TimeProvider.System);
        watcher._thread.Start();
        try
        {
            watcher._first.Task.GetAwaiter().GetResult();
        }
        catch
        {
            watcher.Dispose();
            throw;
        }

        return watcher;
    }

    /// <summary>Stops the thread and waits for it; from within the callback, only asks it to stop.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        _stop.Signal();
        if (Environment.CurrentManagedThreadId == _thread.ManagedThreadId) return; // The thread ends by itself; the event is finalized.
        _thread.Join();
        _stop.Dispose();
    }

    private void Run()
    {
        try
        {
            Watch();
            _end.TrySetResult();
            _first.TrySetCanceled();
        }
        catch (Exception exception) // The thread's end: whoever owns the watcher learns why.
        {
            _end.TrySetException(exception);
            _first.TrySetException(exception);
        }
        finally
        {
            _reader.Dispose();
        }
    }

    private void Watch()
    {
        Publish();
        _first.TrySetResult();
        while (TryWait(out bool hasNotifications))
        {
            if (hasNotifications)
            {
                _reader.Drain();
                if (IsWaiting && _burstStart == 0) _burstStart = _time.GetTimestamp();
            }

            if (_toConfirm != ModelParts.None && _time.GetTimestamp() >= _confirmAt)
            {
                _builder.MarkStale(_toConfirm);
                _toConfirm = ModelParts.None;
                Publish();
            }
            else if (IsWaiting && IsDue(hasNotifications))
            {
                ModelParts silent = _builder.Stale & ModelParts.Routes;
                Publish();
                if (silent != ModelParts.None) ConfirmLater(silent);
            }
        }
    }

    // The kernel tells of an address or a link before it drops the routes that go with it, and a dump takes no lock: one that was read at once may still hold
    // them, and nothing would be said of them afterwards.
    private void ConfirmLater(ModelParts parts)
    {
        _toConfirm |= parts;
        _confirmAt = _time.GetTimestamp() + (ConfirmMilliseconds * _time.TimestampFrequency / 1000);
    }

    private bool IsWaiting => _builder.HasPending || _builder.Stale != ModelParts.None;

    private bool IsDue(bool isBusy)
    {
        long now = _time.GetTimestamp();
        bool isBurstOver = !isBusy || _time.GetElapsedTime(_burstStart, now).TotalMilliseconds >= _settings.BurstMillisecondsMax;
        return isBurstOver && now >= _notBefore;
    }

    private void Publish()
    {
        long start = _time.GetTimestamp();
        _burstStart = 0;
        if (_builder.Stale != ModelParts.None)
        {
            _reader.Resync();
            _reader.Drain(); // What came during the dumps belongs to the same moment.
        }

        if (_builder.Publish() is { } published)
        {
            Volatile.Write(ref _current, published.Model);
            Interlocked.Increment(ref _publicationCount);
            if (!published.Change.IsEmpty || published.Change.IsFirst) _onChange(published.Model, published.Change);
        }

        long end = _time.GetTimestamp();
        _notBefore = end + (end - start);
    }

    /// <summary>Waits for notifications, the end of a burst or the stop.</summary>
    /// <returns>False at the stop.</returns>
    private bool TryWait(out bool hasNotifications)
    {
        NetlinkNative.PollEntry* entries = stackalloc NetlinkNative.PollEntry[2];
        entries[0] = new NetlinkNative.PollEntry { Fd = _reader.Notifications.Fd, Events = NetlinkNative.PollIn };
        entries[1] = new NetlinkNative.PollEntry { Fd = _stop.Fd, Events = NetlinkNative.PollIn };
        int ready = NetlinkNative.Poll(entries, 2, TimeoutMilliseconds());
        hasNotifications = ready > 0 && entries[0].Returned != 0;
        return ready <= 0 || entries[1].Returned == 0;
    }

    private int TimeoutMilliseconds()
    {
        if (_toConfirm != ModelParts.None)
        {
            double untilConfirm = _time.GetElapsedTime(_time.GetTimestamp(), _confirmAt).TotalMilliseconds;
            int left = (int)Math.Clamp(Math.Ceiling(untilConfirm), 1, ConfirmMilliseconds);
            return IsWaiting ? Math.Min(left, _settings.QuietMilliseconds) : left;
        }

        if (!IsWaiting) return Timeout.Infinite;
        double untilDue = _time.GetElapsedTime(_time.GetTimestamp(), _notBefore).TotalMilliseconds;
        return (int)Math.Clamp(Math.Ceiling(untilDue), _settings.QuietMilliseconds, 60_000);
    }
}
