using Natflow.Gateway.Users;
using Natflow.Journal.Audit;
using Natflow.Journal.Users;

namespace Natflow.Host.Live;

/// <summary>What is on record about users and rules, and where more of it goes.</summary>
/// <param name="Events">Keeps what is decided from now on.</param>
/// <param name="Users">Users of the process before.</param>
/// <param name="RulesDigest">The configuration that <paramref name="Rules"/> were written upon; null where none is on record.</param>
/// <param name="Rules">Lines of control devices.</param>
internal sealed record UserRecord(IPolicyEventSink Events, IReadOnlyList<KnownUser> Users, string? RulesDigest, IReadOnlyList<WrittenRule> Rules)
{
    private const int LinesMax = 1000;

    /// <summary>Of a state.</summary>
    /// <param name="events">Keeps what is decided from now on.</param>
    /// <param name="state">What is on record; null where it cannot be read.</param>
    /// <param name="now">Now.</param>
    internal static UserRecord Of(IPolicyEventSink events, GatewayState? state, DateTimeOffset now) =>
        state is null ? new UserRecord(events, [], null, []) : new UserRecord(events, KnownUsers.Of(state, now), state.RulesDigest, state.Rules);

    /// <summary>The lines, by device.</summary>
    internal IEnumerable<(ControlDevice Device, string Line)> Lines()
    {
        foreach (WrittenRule rule in Rules)
        {
            if (ControlDeviceNames.TryParse(rule.Device, out ControlDevice device))
                yield return (device, rule.Line);
        }
    }

    /// <summary>Devices with so many lines that a dump is to take their place.</summary>
    internal IReadOnlyList<ControlDevice> Untidy() =>
        [.. Lines().CountBy(static line => line.Device).Where(static pair => pair.Value > LinesMax).Select(static pair => pair.Key)];
}
