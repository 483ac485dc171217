namespace Natflow.Netlink.Watch;

/// <summary>What a watcher has done so far.</summary>
/// <param name="Notifications">Messages of the kernel.</param>
/// <param name="Malformed">Messages that could not be parsed; 0 on any kernel we know.</param>
/// <param name="Overruns">Times notifications were lost, each followed by a resync.</param>
/// <param name="Dumps">Tables read as a whole.</param>
/// <param name="Publications">Models made.</param>
public readonly record struct NetworkWatcherCounters(long Notifications, long Malformed, long Overruns, long Dumps, long Publications);
