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
            Console.Out.Write(Completion(root, parsed.GetValue(shell)!));
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

    /// <summary>A completion script: words of each command by its path.</summary>
    internal static string Completion(RootCommand root, string shell)
    {
        var words = new Dictionary<string, string>(StringComparer.Ordinal);
        Collect(root, string.Empty, words);
        var text = new StringBuilder();
        if (shell == "fish")
        {
            foreach ((string path, string known) in words)
                text.Append(CultureInfo.InvariantCulture, $"complete -c natflow -n '__fish_natflow_at \"{path}\"' -a '{known}'\n");
            return "function __fish_natflow_at\n  set -l words (commandline -opc)\n  test \"$(string join ' ' (string match -v -- '-*' $words[2..]))\" = \"$argv[1]\"\nend\n" + text;
        }

        foreach ((string path, string known) in words)
            text.Append(CultureInfo.InvariantCulture, $"    '{path}') words='{known}' ;;\n");
        string function = $$"""
            _natflow() {
              local word path='' words=''
              for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                case "$word" in -*) ;; *) path="${path:+$path }$word" ;; esac
              done
              case "$path" in
            {{text}}  esac
              COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
              [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -F _natflow natflow

            """;
        return shell == "zsh" ? $"autoload -U +X bashcompinit && bashcompinit\n{function}" : function;
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

    private static void Collect(Command command, string path, Dictionary<string, string> words)
    {
        words[path] = string.Join(' ', command.Subcommands.Where(static one => !one.Hidden).Select(static one => one.Name).Concat(command.Options.Where(static one => !one.Hidden).Select(static one => one.Name)));
        foreach (Command one in command.Subcommands.Where(static one => !one.Hidden))
            Collect(one, path.Length == 0 ? one.Name : $"{path} {one.Name}", words);
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
