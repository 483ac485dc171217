using System.Diagnostics;
using System.Text.Json;

namespace Natflow.Cli.Tests.CheckConfig;

/// <summary>The command as a process: what a script sees.</summary>
public sealed class CheckConfigTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("natflow-check-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task CheckConfig_ValidFile_PrintsASummary()
    {
        string path = Write("natflow.ports { lan = [ eth1 ], wan = [ eth0 ] }");

        (int code, string output, string error) = await Run("check-config", "--config", path);

        Assert.Equal((0, string.Empty), (code, error));
        Assert.Contains("eth1", output, StringComparison.Ordinal);
        Assert.Contains("the uplink's own address", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckConfig_Mistakes_AreLinesWithFileLineAndPath()
    {
        string path = Write("natflow {\n  ports { lan = [ eth1 ], wan = [ eth0 ] }\n  nat.port-paritz = on\n  nat.timeouts.udp = soon\n}\n");

        (int code, string output, string error) = await Run("check-config", "--config", path);

        Assert.Equal((2, string.Empty), (code, output));
        string[] lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal($"{path}:3: natflow.nat.port-paritz: unknown key; did you mean 'port-parity'?", lines[0]);
        Assert.StartsWith($"{path}:4: natflow.nat.timeouts.udp: expected a duration", lines[1], StringComparison.Ordinal);
        Assert.Equal(2, lines.Length);
    }

    [Fact]
    public async Task CheckConfig_Json_IsOneObjectEitherWay()
    {
        string good = Write("natflow.ports { lan = [ eth1 ], wan = [ eth0 ] }");
        (int code, string output, _) = await Run("check-config", "--config", good, "--json");
        JsonElement valid = JsonDocument.Parse(output).RootElement;
        Assert.Equal(0, code);
        Assert.True(valid.GetProperty("valid").GetBoolean());
        Assert.Equal("300000ms", valid.GetProperty("settings").GetProperty("natflow.nat.timeouts.udp").GetProperty("value").GetString());

        string bad = Write("natflow {\n");
        (code, output, _) = await Run("check-config", "--config", bad, "--json");
        JsonElement invalid = JsonDocument.Parse(output).RootElement;
        Assert.Equal(2, code);
        Assert.False(invalid.GetProperty("valid").GetBoolean());
        Assert.Equal(2, invalid.GetProperty("errors")[0].GetProperty("line").GetInt32());
    }

    [Fact]
    public async Task CheckConfig_NoFile_IsWrongUsage()
    {
        (int code, _, string error) = await Run("check-config", "--config", Path.Combine(_directory, "absent.conf"));
        Assert.Equal(2, code);
        Assert.Contains("absent.conf: there is no such file", error, StringComparison.Ordinal);

        (code, _, error) = await Run("check-config");
        Assert.Equal(2, code);
        Assert.Contains("--config", error, StringComparison.Ordinal);
    }

    private string Write(string text)
    {
        string path = Path.Combine(_directory, "site.conf");
        File.WriteAllText(path, text);
        return path;
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "natflow.dll");
        var start = new ProcessStartInfo(Environment.ProcessPath!, [program, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (!Path.GetFileNameWithoutExtension(start.FileName).Equals("dotnet", StringComparison.Ordinal))
            start.FileName = "dotnet";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
