using System.Globalization;
using Natflow.Journal.Audit;
using Spectre.Console;

namespace Natflow.Cli.Audit;

/// <summary>A state as tables.</summary>
internal static class StateTables
{
    internal static void Print(GatewayStateModel model)
    {
        if (model.Ordering == 0)
        {
            Console.Out.WriteLine("nothing is on record of that time; natflow audit status says of which times there is");
            return;
        }

        Console.Out.WriteLine($"as of {model.At}, event {model.Ordering}: {model.Users.Count} subscribers, {model.Leases.Count} port blocks (times are UTC)");
        PrintUsers(model);
        PrintLeases(model);
    }

    private static void PrintUsers(GatewayStateModel model)
    {
        var users = new Table { Border = TableBorder.Rounded };
        users.AddColumns("user", "zone", "mac", "login", "status", "policy", "up bit/s", "down bit/s", "bytes out", "bytes in", "first seen");
        foreach (UserState user in model.Users)
        {
            users.AddRow(
                Markup.Escape(string.Join('\n', [user.User, .. user.Addresses ?? []])), Text(user.Zone), user.Mac ?? string.Empty, Markup.Escape(user.Login ?? (user.IsLoggedIn ? "yes" : string.Empty)),
                Markup.Escape(user.Status ?? string.Empty), Policy(user), Rate(user.UpBitsPerSecond), Rate(user.DownBitsPerSecond), Text(user.BytesOut), Text(user.BytesIn), AuditTime.Text(user.FirstSeenTicks));
        }

        Terminal.Out.Write(users);
    }

    private static void PrintLeases(GatewayStateModel model)
    {
        var leases = new Table { Border = TableBorder.Rounded };
        leases.AddColumns("public", "ports", "user", "zone", "since");
        foreach (PortLease lease in model.Leases)
            leases.AddRow(lease.Public, $"{lease.FirstPort}-{lease.FirstPort + lease.PortCount - 1}", Markup.Escape(lease.User), Text(lease.Zone), AuditTime.Text(lease.SinceTicks));
        Terminal.Out.Write(leases);
    }

    private static string Policy(UserState user) => Markup.Escape(user.PolicyGeneration == 0 ? user.Verdict ?? string.Empty : $"{user.Verdict} (generation {Text(user.PolicyGeneration)})");

    private static string Rate(long bitsPerSecond) => bitsPerSecond == 0 ? "no limit" : bitsPerSecond.ToString("N0", CultureInfo.InvariantCulture);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(ulong value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
