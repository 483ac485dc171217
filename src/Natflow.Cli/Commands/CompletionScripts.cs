using System.CommandLine;
using System.Globalization;
using System.Text;

namespace Natflow.Cli.Commands;

/// <summary>Scripts of shells that complete command lines, made from the commands as they are: what follows which words, and where a file is meant.</summary>
internal static class CompletionScripts
{
    // Words that are no command, such as an option's value, leave the path as it is.
    private const string BashBody = """
          local word path='' words='' current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
          _natflow_words ''
          for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
            _natflow_words "${path:+$path }$word" && path="${path:+$path }$word"
          done
          _natflow_words "$path"
          COMPREPLY=()
          case "$previous" in
            FILES) ;;
            *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
          esac
          [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
        """;

    private const string ZshBody = """
          local word where='' previous="${words[CURRENT-1]}"
          local -a known
          _natflow_words ''
          for word in ${words[2,CURRENT-1]}; do
            _natflow_words "${where:+$where }$word" && where="${where:+$where }$word"
          done
          _natflow_words "$where"
          case "$previous" in
            FILES) _files ;;
            *) _describe 'natflow' known || _files ;;
          esac
        """;

    private const string FishBody = """
        function __fish_natflow_at
          contains -- (commandline -opc)[-1] FILES; and return 1
          set -l path ''
          for word in (commandline -opc)[2..]
            set -l longer (string trim "$path $word")
            contains -- "$longer" KNOWN; and set path $longer
          end
          test "$path" = "$argv[1]"
        end
        """;

    /// <summary>A shell's script.</summary>
    /// <param name="root">All commands.</param>
    /// <param name="shell">bash, zsh or fish.</param>
    internal static string Of(RootCommand root, string shell)
    {
        (string Path, Command Command)[] commands = [.. All(root, string.Empty)];
        string files = string.Join('|', commands.SelectMany(static one => one.Command.Options).Where(static option => option.HelpName is "FILE" or "DIR" or "FOLDER").Select(static option => option.Name).Distinct());
        return shell switch
        {
            "fish" => Fish(commands, files),
            "zsh" => Zsh(commands, files),
            _ => Bash(commands, files),
        };
    }

    private static string Bash((string Path, Command Command)[] commands, string files)
    {
        var text = new StringBuilder("_natflow_words() {\n  case \"$1\" in\n");
        foreach ((string path, Command command) in commands)
            text.Append(CultureInfo.InvariantCulture, $"    '{path}') words='{string.Join(' ', Words(command).Select(static word => word.Name))}' ;;\n");
        text.Append("    *) return 1 ;;\n  esac\n}\n\n_natflow() {\n").Append(BashBody.Replace("FILES", files, StringComparison.Ordinal)).Append("\n}\n\ncomplete -F _natflow natflow\n");
        return text.ToString();
    }

    // Read from a folder of fpath its body is the function itself; read by 'source' it registers one.
    private static string Zsh((string Path, Command Command)[] commands, string files)
    {
        var text = new StringBuilder("#compdef natflow\n\n_natflow_words() {\n  case \"$1\" in\n");
        foreach ((string path, Command command) in commands)
            text.Append(CultureInfo.InvariantCulture, $"    '{path}') known=({string.Join(' ', Words(command).Select(static word => Quote($"{word.Name.Replace(":", "\\:", StringComparison.Ordinal)}:{word.Description}")))}) ;;\n");
        text.Append("    *) return 1 ;;\n  esac\n}\n\n_natflow() {\n").Append(ZshBody.Replace("FILES", files, StringComparison.Ordinal))
            .Append("\n}\n\nif [[ ${funcstack[1]} == _natflow ]]; then\n  _natflow \"$@\"\nelse\n  compdef _natflow natflow\nfi\n");
        return text.ToString();
    }

    private static string Fish((string Path, Command Command)[] commands, string files)
    {
        string known = string.Join(' ', commands.Where(static one => one.Path.Length != 0).Select(static one => Quote(one.Path)));
        var text = new StringBuilder(FishBody.Replace("FILES", files.Replace('|', ' '), StringComparison.Ordinal).Replace("KNOWN", known, StringComparison.Ordinal)).Append('\n');
        foreach ((string path, Command command) in commands)
        {
            string where = $"complete -c natflow -n '__fish_natflow_at \"{path}\"'";
            if (command.Subcommands.Count != 0)
                text.Append(CultureInfo.InvariantCulture, $"{where} -f\n"); // What follows is no file.
            foreach ((string name, string description) in Words(command))
                text.Append(CultureInfo.InvariantCulture, $"{where} -a {name} -d {Quote(description)}\n");
        }

        return text.ToString();
    }

    private static IEnumerable<(string Path, Command Command)> All(Command command, string path) =>
        command.Subcommands.Where(static one => !one.Hidden).SelectMany(one => All(one, path.Length == 0 ? one.Name : $"{path} {one.Name}")).Prepend((path, command));

    private static IEnumerable<(string Name, string Description)> Words(Command command) => command.Subcommands.Where(static one => !one.Hidden).Select(static one => (one.Name, one.Description ?? string.Empty))
        .Concat(command.Options.Where(static one => !one.Hidden).Select(static one => (one.Name, one.Description ?? string.Empty)));

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
