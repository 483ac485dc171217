using System.Collections.Concurrent;

namespace Natflow.Actors.Dispatch;

/// <summary>The dispatchers of a system by id. A shared dispatcher is made at its first use, an exclusive one for each actor.</summary>
public sealed class Dispatchers
{
    /// <summary>Thread pool; used where <see cref="Props"/> names none.</summary>
    public const string DefaultDispatcherId = "default-dispatcher";

    /// <summary>Threads of its own, for actors that block on files or databases.</summary>
    public const string BlockingIoDispatcherId = "default-blocking-io-dispatcher";

    /// <summary>A thread for each actor.</summary>
    public const string PinnedDispatcherId = "pinned-dispatcher";

    private const int BlockingIoThreadCount = 4;

    private readonly Dictionary<string, Func<MessageDispatcher>> _factories;
    private readonly ConcurrentDictionary<string, MessageDispatcher> _shared = new(StringComparer.Ordinal);

    internal Dispatchers(IReadOnlyDictionary<string, Func<MessageDispatcher>> configured)
    {
        _factories = new Dictionary<string, Func<MessageDispatcher>>(StringComparer.Ordinal)
        {
            [DefaultDispatcherId] = () => new ThreadPoolDispatcher(DefaultDispatcherId),
            [BlockingIoDispatcherId] = () => new ThreadsDispatcher(BlockingIoDispatcherId, BlockingIoThreadCount),
            [PinnedDispatcherId] = () => new PinnedDispatcher(PinnedDispatcherId),
        };
        foreach ((string id, Func<MessageDispatcher> factory) in configured)
            _factories[id] = factory;
    }

    /// <summary>The dispatcher of that id. Any thread.</summary>
    /// <exception cref="ConfigurationException">No such id is configured.</exception>
    public MessageDispatcher Lookup(string id)
    {
        if (_shared.TryGetValue(id, out MessageDispatcher? shared)) return shared;
        if (!_factories.TryGetValue(id, out Func<MessageDispatcher>? factory))
            throw new ConfigurationException($"there is no dispatcher '{id}'");
        MessageDispatcher made = factory();
        return made.IsExclusive ? made : _shared.GetOrAdd(id, made);
    }

    internal void Shutdown()
    {
        foreach (MessageDispatcher dispatcher in _shared.Values)
            dispatcher.Shutdown();
    }
}
