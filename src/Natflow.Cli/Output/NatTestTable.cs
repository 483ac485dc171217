using Natflow.Host.NatTest;
using Spectre.Console;

namespace Natflow.Cli.Output;

/// <summary>What a NAT test found out, as a table.</summary>
internal static class NatTestTable
{
    /// <summary>Prints one row a property.</summary>
    internal static void Print(NatTestReport report, NatTestOptions options)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumn("property").AddColumn("found").AddColumn("by");
        table.AddRow("server", Markup.Escape(report.Server.ToString()), string.Empty);
        table.AddRow("other address", Markup.Escape(report.Other?.ToString() ?? "none"), string.Empty);
        table.AddRow("local", Markup.Escape(report.Local.ToString()), string.Empty);
        table.AddRow("mapped", Markup.Escape(report.Mapped?.ToString() ?? "no answer"), "RFC 8489");
        table.AddRow("mapping, UDP", Words(report.Mapping), "RFC 5780 4.3");
        table.AddRow("mapping, TCP", options.Tcp ? Words(report.TcpMapping) : "not tested", "RFC 5780 4.3");
        table.AddRow("filtering, UDP", Words(report.Filtering), "RFC 5780 4.4");
        table.AddRow("hairpinning", report.IsHairpinning switch { true => "yes", false => "no", null => "not tested" }, "RFC 5780 4.5");
        table.AddRow("mapping lifetime", Lifetime(report), "RFC 5780 4.6");
        Terminal.Out.Write(table);
    }

    private static string Words(NatBehaviour behaviour) => behaviour switch
    {
        NatBehaviour.NoNat => "no NAT",
        NatBehaviour.EndpointIndependent => "endpoint-independent",
        NatBehaviour.AddressDependent => "address-dependent",
        NatBehaviour.AddressAndPortDependent => "address- and port-dependent",
        _ => "unknown",
    };

    private static string Lifetime(NatTestReport report)
    {
        if (report.LifetimeAtLeast is not { } least)
            return "not tested";
        return report.LifetimeBelow is { } below ? $"{least.TotalSeconds:0} to {below.TotalSeconds:0} s" : $"{least.TotalSeconds:0} s or more";
    }
}
