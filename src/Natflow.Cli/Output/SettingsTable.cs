using System.Globalization;
using Natflow.Core;
using Natflow.Host.Settings;
using Spectre.Console;

namespace Natflow.Cli.Output;

/// <summary>What a valid configuration makes of the gateway, on a few lines.</summary>
internal static class SettingsTable
{
    private const int AddressesShownMax = 4;

    /// <summary>Prints the summary.</summary>
    internal static void Print(string path, NatflowSettings settings)
    {
        int ownCount = settings.Values.Values.Count(static value => value.Location.File != SettingsLoader.ReferenceName);
        Table table = new Table().Border(TableBorder.Rounded).AddColumn("configuration").AddColumn(Markup.Escape(path))
            .Row("LAN", string.Join(", ", settings.Ports.Lan.Select(static lan => lan.Zone == 0 ? lan.Interface : $"{lan.Interface} (zone {lan.Zone})")))
            .Row("WAN", string.Join(", ", settings.Ports.Wan.Select(static wan => wan.Interface)))
            .Row("public", Public(settings.Nat))
            .Row("subscribers", settings.Nat.LanPrefixes.Count == 0 ? "any source on the LAN" : string.Join(", ", settings.Nat.LanPrefixes))
            .Row("ports", $"{settings.Nat.Ports} in blocks of {settings.Nat.PortBlockSize}")
            .Row("port forwards", Number(settings.Nat.PortForwards.Count))
            .Row("IPv6", settings.Ipv6.Filter ? "forwarded; from outside only answers come in" : "forwarded, unfiltered")
            .Row("workers, shards", $"{settings.Workers.Count}, {settings.Workers.Shards}")
            .Row("capacity", $"{Number(settings.Capacity.Flows)} flows, {Number(settings.Capacity.Users)} subscribers")
            .Row("keys set", $"{ownCount} of {settings.Values.Count}, the others as in the reference");
        Terminal.Out.Write(table);
    }

    private static string Public(NatRuleSettings nat)
    {
        if (nat.PublicIsInterface)
            return "the uplink's own address";
        string shown = string.Join(", ", nat.PublicAddresses.Take(AddressesShownMax).Select(Ipv4Prefix.ToText));
        int more = nat.PublicAddresses.Count - AddressesShownMax;
        return more > 0 ? $"{shown} and {Number(more)} more" : shown;
    }

    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static Table Row(this Table table, string name, string value) => table.AddRow(Markup.Escape(name), Markup.Escape(value));
}
