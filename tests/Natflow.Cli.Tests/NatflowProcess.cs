using System.Diagnostics;

namespace Natflow.Cli.Tests;

/// <summary>Runs the built program as a user would.</summary>
internal sealed record NatflowProcess(int ExitCode, string Output, string Error)
{
    /// <summary>Runs <c>natflow</c> to its end.</summary>
    internal static async Task<NatflowProcess> Run(params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "natflow.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new NatflowProcess(process.ExitCode, await output, await error);
    }

    /// <summary>The program refused: this exit code, nothing on the output, the message on the error stream, no stack trace.</summary>
    internal void CheckRefusal(int exitCode, string message)
    {
        Assert.Contains(message, Error, StringComparison.Ordinal);
        Assert.Equal(exitCode, ExitCode);
        Assert.Empty(Output);
        Assert.All(Error.TrimEnd().Split('\n'), static line => Assert.DoesNotContain("   at ", line, StringComparison.Ordinal));
    }
}
