using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Natflow.Cli.Control;
using Natflow.Management.Control;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow user ADDR WHAT</c>: one user of a running gateway.</summary>
internal static class UserCommandLine
{
    private static readonly Argument<string> Address = new("ADDR") { Description = "One of the user's addresses, IPv4 or IPv6." };

    private static readonly Argument<string> What = MakeWhat();

    private static readonly Argument<string[]> Values = new("VALUES")
    {
        Description = "limit: DOWN UP, rates such as 10M and 5M, 0 for none. status: none, ok, bypass, required, vip, blocked or a number. login: a name, or nothing. session: time=2h volume=5G devices=2 down=10M up=2M from now on, 0 for no limit; what is left out stays.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("user", "Show or change one user of a running gateway. A change holds for living flows too, offloaded ones included.")
        {
            Address, What, Values, ControlCommand.RunDirectory, ControlCommand.Json,
        };
        command.SetAction(static (parsed, _) => Run(parsed));
        return command;
    }

    private static Argument<string> MakeWhat()
    {
        var argument = new Argument<string>("WHAT")
        {
            Description = "show, kick (start anew, flows end), block, unblock, limit, status, login, session (other limits for a running one) or logout.",
            DefaultValueFactory = static _ => "show",
        };
        argument.AcceptOnlyFromAmong("show", "kick", "block", "unblock", "limit", "status", "login", "session", "logout");
        return argument;
    }

    private static Task<int> Run(ParseResult parsed)
    {
        string address = Uri.EscapeDataString(parsed.GetValue(Address)!);
        string[] values = parsed.GetValue(Values) ?? [];
        return parsed.GetValue(What) switch
        {
            "show" => ControlCommand.Show(parsed, $"/v1/users?address={address}", ControlJson.Default.UsersModel, UsersCommand.Print),
            "limit" => Limit(parsed, address, values),
            "session" => SessionWords.TryRead(values, out string query) is { } error ? Wrong(error) : Change(parsed, $"session?{query}&address={address}"),
            "unblock" => Change(parsed, $"status?status=ok&address={address}"),
            "status" when values.Length == 1 => Change(parsed, $"status?status={Uri.EscapeDataString(values[0])}&address={address}"),
            "status" => Wrong("status needs one value: none, ok, bypass, required, vip, blocked or a number"),
            "login" => Change(parsed, $"login?login={Uri.EscapeDataString(values.FirstOrDefault() ?? "")}&address={address}"),
            string what => Change(parsed, $"{what}?address={address}"),
            _ => Wrong("nothing to do"),
        };
    }

    private static Task<int> Limit(ParseResult parsed, string address, string[] values)
    {
        if (values.Length != 2 || !TryRate(values[0], out long down) || !TryRate(values[1], out long up))
            return Wrong("limit needs two rates, down and up: bit/s with k, M or G, such as 10M 5M; 0 for none");
        return Change(parsed, string.Create(CultureInfo.InvariantCulture, $"limit?down={down}&up={up}&address={address}"));
    }

    /// <summary>Reads a rate: bit/s with k, M or G.</summary>
    internal static bool TryRate(string text, out long bitsPerSecond)
    {
        decimal unit = text.Length == 0 ? 0 : text[^1] switch
        {
            'k' => 1e3m,
            'M' => 1e6m,
            'G' => 1e9m,
            _ => 1,
        };
        bool isRate = decimal.TryParse(unit == 1 ? text : text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number) && number <= 1e12m / unit;
        bitsPerSecond = isRate ? (long)(number * unit) : 0;
        return isRate;
    }

    private static Task<int> Wrong(string message)
    {
        Terminal.Error(message);
        return Task.FromResult(ExitCode.Usage);
    }

    private static Task<int> Change(ParseResult parsed, string resource) => ControlCommand.Guard(parsed, async client =>
    {
        UserAnswerModel answer = await client.Post($"/v1/users/{resource}", ControlJson.Default.UserAnswerModel);
        if (parsed.GetValue(ControlCommand.Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(answer, ControlJson.Default.UserAnswerModel));
        return ExitCode.Done;
    });
}
