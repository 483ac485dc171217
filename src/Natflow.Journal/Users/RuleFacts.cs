using Natflow.Gateway.Users;
using Natflow.Journal.Events;

namespace Natflow.Journal.Users;

/// <summary>Makes events of the catalogue from what the policy actor decides.</summary>
internal static class RuleFacts
{
    internal static IJournalEvent? Of(PolicyEvent policyEvent) => policyEvent switch
    {
        Gateway.Users.RulesChanged changed => new Events.RulesChanged(changed.Generation, changed.AuthRules, changed.QosRules, changed.HostRules),
        Gateway.Users.RulesWritten written => new Events.RulesWritten(NameOf(written.Device), written.Lines, written.IsAll),
        Gateway.Users.RulesConfigured configured => new Events.RulesConfigured(configured.Digest),
        _ => null,
    };

    private static string NameOf(ControlDevice device) => ControlDeviceNames.All.First(pair => pair.Value == device).Key;
}
