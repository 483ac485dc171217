using System.Diagnostics;

namespace Natflow.Cli.Tests;

/// <summary>The scripts by which shells complete command lines.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("bash", "complete -F _natflow natflow")]
    [InlineData("zsh", "#compdef natflow")]
    [InlineData("fish", "complete -c natflow")]
    public async Task Completion_EachShell_KnowsCommandsAndOptions(string shell, string line)
    {
        NatflowProcess run = await NatflowProcess.Run("completion", shell);

        Assert.Equal(0, run.ExitCode);
        Assert.All([line, "doctor", "--run-dir", "status"], word => Assert.Contains(word, run.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("natflow sta", "status")]
    [InlineData("natflow cluster dr", "drain")]
    [InlineData("natflow users --run-dir /x --li", "--limit")]
    [InlineData("natflow --help status --js", "--json")]
    [InlineData("natflow check-config --config /etc/host", "/etc/hostname", "/etc/hosts")]
    [InlineData("natflow check-config /etc/host", "/etc/hostname", "/etc/hosts")]
    public async Task Completion_InBash_GivesWhatFits(string line, params string[] fitting)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.Of("natflow"), (await NatflowProcess.Run("completion", "bash")).Output);
        string[] words = line.Split(' ');
        string script = $"source {folder.Of("natflow")}; COMP_WORDS=({line}); COMP_CWORD={words.Length - 1}; _natflow; printf '%s\\n' \"${{COMPREPLY[@]}}\"";

        using Process bash = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        string[] given = (await bash.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await bash.WaitForExitAsync();

        Assert.All(fitting, word => Assert.Contains(word, given));
        Assert.All(given, word => Assert.StartsWith(words[^1], word, StringComparison.Ordinal));
    }

    [FishTheory]
    [InlineData("natflow sta", "status")]
    [InlineData("natflow ", "run", "audit")]
    [InlineData("natflow cluster dr", "drain")]
    [InlineData("natflow users --run-dir /x --li", "--limit")]
    [InlineData("natflow check-config --config /etc/host", "/etc/hostname", "/etc/hosts")]
    public async Task Completion_InFish_GivesWhatFits(string line, params string[] fitting)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.Of("natflow.fish"), (await NatflowProcess.Run("completion", "fish")).Output);

        using Process fish = Process.Start(new ProcessStartInfo("fish", ["-c", $"source {folder.Of("natflow.fish")}; complete -C '{line}'"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
            WorkingDirectory = folder.Of("."),
        })!;
        string[] given = [.. (await fish.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static row => row.Split('\t')[0])];
        await fish.WaitForExitAsync();

        Assert.All(fitting, word => Assert.Contains(word, given));
        Assert.All(given, word => Assert.StartsWith(line.Split(' ')[^1], word, StringComparison.Ordinal));
        Assert.DoesNotContain("natflow.fish", given); // Where a command follows, a file is none.
    }

    private sealed class FishTheoryAttribute : TheoryAttribute
    {
        public FishTheoryAttribute() => Skip = File.Exists("/usr/bin/fish") ? null : "needs the shell fish";
    }
}
