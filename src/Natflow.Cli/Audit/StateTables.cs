using System.Globalization;
using Natflow.Journal.Audit;
using Spectre.Console;

namespace Natflow.Cli.Audit;

/// <summary>A state as tables.</summary>
internal static class StateTables
{
    internal static void Print(GatewayStateModel model)
    {
        Console.Out.WriteLine($"as of {model.At}, event {model.Ordering}");
        var users = new Table { Border = TableBorder.Rounded };
        users.AddColumns("user", "zone", "login", "up bit/s", "down bit/s", "policy", "first seen");
        foreach (UserState user in model.Users)
        {
            users.AddRow(
                user.User, Text(user.Zone), Markup.Escape(user.Login ?? (user.IsLoggedIn ? "yes" : string.Empty)), Text(user.UpBitsPerSecond), Text(user.DownBitsPerSecond),
                $"{user.PolicyGeneration} {user.Verdict}", AuditTime.Text(user.FirstSeenTicks));
        }

        Terminal.Out.Write(users);
        var leases = new Table { Border = TableBorder.Rounded };
        leases.AddColumns("public", "ports", "user", "zone", "since");
        foreach (PortLease lease in model.Leases)
            leases.AddRow(lease.Public, $"{lease.FirstPort}-{lease.FirstPort + lease.PortCount - 1}", lease.User, Text(lease.Zone), AuditTime.Text(lease.SinceTicks));
        Terminal.Out.Write(leases);
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
