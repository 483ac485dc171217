using System.CommandLine;
using System.Globalization;
using System.Text;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow completion SHELL</c> and <c>natflow manual</c>: both made from the commands as they are.</summary>
internal static class DocsCommands
{
    /// <summary>Shell completion.</summary>
    internal static Command MakeCompletion(RootCommand root)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Print the shell's completion script: 'natflow completion bash > /etc/bash_completion.d/natflow'.") { shell };
        command.SetAction(parsed =>
        {
            Console.Out.Write(CompletionScripts.Of(root, parsed.GetValue(shell)!));
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The manual page.</summary>
    internal static Command MakeManual(RootCommand root)
    {
        var command = new Command("manual", "Print the manual page in troff: 'natflow manual | man -l -'.");
        command.SetAction(_ =>
        {
            Console.Out.Write(Manual(root));
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The manual page in troff.</summary>
    internal static string Manual(RootCommand root)
    {
        var text = new StringBuilder(".TH NATFLOW 1\n.SH NAME\nnatflow \\- NAT gateway for Linux\n.SH SYNOPSIS\n.B natflow\n.I command\n[\n.I options\n]\n.SH DESCRIPTION\n");
        text.Append(Escape(root.Description ?? string.Empty)).Append("\n.SH COMMANDS\n");
        foreach (Command command in root.Subcommands.Where(static command => !command.Hidden))
            Describe(command, $"natflow {command.Name}", text);
        text.Append(".SH EXIT STATUS\n.TP\n0\nDone.\n.TP\n1\nThe input or the gateway failed.\n.TP\n2\nWrong usage or configuration: nothing was done.\n");
        text.Append(".SH FILES\n.TP\n/etc/natflow/natflow.conf\nThe configuration.\n.TP\n/etc/natflow/tokens\nTokens of the API.\n.TP\n/run/natflow/natflow.sock\nThe control socket.\n");
        return text.ToString();
    }

    private static void Describe(Command command, string path, StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $".SS {Escape(path)}{string.Concat(command.Arguments.Select(static argument => $" {argument.Name}"))}\n{Escape(command.Description ?? string.Empty)}\n");
        foreach (Argument argument in command.Arguments)
            text.Append(CultureInfo.InvariantCulture, $".TP\n.I {Escape(argument.Name)}\n{Escape(argument.Description ?? string.Empty)}\n");
        foreach (Option option in command.Options.Where(static option => !option.Hidden))
            text.Append(CultureInfo.InvariantCulture, $".TP\n.B {Escape(option.Name)}{(option.HelpName is { } name ? $" {name}" : string.Empty)}\n{Escape(option.Description ?? string.Empty)}\n");
        foreach (Command one in command.Subcommands.Where(static one => !one.Hidden))
            Describe(one, $"{path} {one.Name}", text);
    }

    // A line that starts with a dot or an apostrophe would be a request.
    private static string Escape(string text)
    {
        string escaped = text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);
        return escaped.StartsWith('.') || escaped.StartsWith('\'') ? $"\\&{escaped}" : escaped;
    }
}
