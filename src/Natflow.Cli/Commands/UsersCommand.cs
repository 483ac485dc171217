using System.CommandLine;
using System.Globalization;
using Natflow.Cli.Control;
using Natflow.Cli.Output;
using Natflow.Management.Control;
using Spectre.Console;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow users</c>: the users of a running gateway.</summary>
internal static class UsersCommand
{
    private static readonly Option<string?> Address = new("--address") { Description = "Only the user with this IPv4 or IPv6 address.", HelpName = "ADDR" };

    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("users", "List the users of a running gateway.") { Address, ControlCommand.Limit, ControlCommand.RunDirectory, ControlCommand.Json };
        command.SetAction(static (parsed, _) => ControlCommand.Show(
            parsed,
            string.Create(CultureInfo.InvariantCulture, $"/v1/users?limit={parsed.GetValue(ControlCommand.Limit)}{(parsed.GetValue(Address) is { } address ? $"&address={Uri.EscapeDataString(address)}" : "")}"),
            ControlJson.Default.UsersModel,
            Print));
        return command;
    }

    /// <summary>Prints users as a table.</summary>
    internal static void Print(UsersModel model)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("addresses", "mac", "login", "interface", "status", "rule", "flows", "down now", "up now", "down", "up", "limits", "idle");
        foreach (UserModel user in model.Users)
        {
            table.AddTextRow(
                string.Join('\n', user.Addresses),
                user.IsRandomMac ? $"{user.Mac} (random)" : user.Mac,
                Markup.Escape(user.Login),
                user.Interface,
                user.Status,
                user.Rule == 255 ? "" : user.Rule.ToString(CultureInfo.InvariantCulture),
                user.Flows.ToString("N0", CultureInfo.InvariantCulture),
                Rate(user.RxBitsPerSecond),
                Rate(user.TxBitsPerSecond),
                Bytes(user.RxBytes),
                Bytes(user.TxBytes),
                user.LimitDown == 0 && user.LimitUp == 0 ? "" : $"{Rate((ulong)user.LimitDown)} / {Rate((ulong)user.LimitUp)}",
                string.Create(CultureInfo.InvariantCulture, $"{user.IdleSeconds:0} s"));
        }

        Terminal.Out.Write(table);
        if (model.HasMore)
            Terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{model.Total:N0} users: narrow the question, or raise --limit"));
    }

    private static string Rate(ulong bits) => bits switch
    {
        0 => "0",
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bits / 1e3:0.#} kbit/s"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bits / 1e6:0.#} Mbit/s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bits / 1e9:0.##} Gbit/s"),
    };

    private static string Bytes(ulong bytes) => bytes switch
    {
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.#} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.##} GB"),
    };
}
