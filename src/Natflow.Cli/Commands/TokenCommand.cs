using System.CommandLine;
using Natflow.Management.Api.Access;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow token NAME --role ROLE</c>: a new token for the API. The file gets its hash, the terminal the token, once.</summary>
internal static class TokenCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "Whose it is; stands in the audit. Letters, digits, dots, dashes, underscores." };

    private static readonly Option<string> Role = MakeRole();

    private static readonly Option<string> TokenPath = new("--file")
    {
        Description = "The token file, as natflow.management.http.tokens names it.",
        HelpName = "FILE",
        DefaultValueFactory = static _ => "/etc/natflow/tokens",
    };

    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("token", "Make a token for the API and the page: prints it once, and adds its hash to the token file.") { Name, Role, TokenPath };
        command.SetAction(static (parsed, _) => Task.FromResult(Run(parsed.GetValue(Name)!, parsed.GetValue(Role)!, parsed.GetValue(TokenPath)!)));
        return command;
    }

    private static Option<string> MakeRole()
    {
        var option = new Option<string>("--role") { Description = "viewer, operator, auditor or admin.", HelpName = "ROLE", DefaultValueFactory = static _ => "viewer" };
        option.AcceptOnlyFromAmong("viewer", "operator", "auditor", "admin");
        return option;
    }

    private static int Run(string name, string roleName, string path)
    {
        if (!ApiToken.IsName(name))
        {
            Terminal.Error($"'{name}': a name of letters, digits, dots, dashes and underscores is needed, at most 64");
            return ExitCode.Usage;
        }

        _ = ApiToken.TryRole(roleName, out ApiRole role);
        string token = ApiToken.Generate();
        try
        {
            using var stream = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Append,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead, // Hashes of random tokens; the service's user reads them.
            });
            using var writer = new StreamWriter(stream);
            writer.WriteLine(ApiToken.LineOf(name, role, token));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Terminal.Error(error.Message);
            return ExitCode.Failed;
        }

        Console.Out.WriteLine(token);
        return ExitCode.Done;
    }
}
