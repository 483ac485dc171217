using System.Globalization;
using Natflow.Policy.Acl;
using Natflow.Policy.Auth;
using Natflow.Policy.Qos;

namespace Natflow.Gateway.Users;

/// <summary>Names of sets that rules have.</summary>
internal static class SetNames
{
    private static readonly string[] SlotFilters = ["ipv4", "ipv6", "mac"];

    /// <summary>All names, in order, each once.</summary>
    internal static string[] Of(PolicyModels models)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal) { models.Auth.DestinationBypassSet, models.Auth.SourceBypassSet };
        foreach (AuthRule rule in models.Auth.Rules)
            names.UnionWith([rule.SourceSet, rule.AddressWhiteSet, rule.MacWhiteSet]);
        foreach (QosRule rule in models.Qos.Rules)
            names.UnionWith([rule.User.SetName, rule.UserPort.SetName, rule.Remote.SetName, rule.RemotePort.SetName]);
        foreach (ShareWeight weight in models.Line.Weights)
            names.Add(weight.SourceSet);
        foreach (byte slot in models.Acl.Entries.Select(static entry => entry.Slot).Distinct().Where(static slot => slot <= AclEntry.SlotMax))
            names.UnionWith(SlotFilters.Select(filter => string.Create(CultureInfo.InvariantCulture, $"host_acl_rule{slot}_{filter}")));
        names.Remove("");
        return [.. names];
    }
}
