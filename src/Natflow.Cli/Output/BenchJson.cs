using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Natflow.Cli.Bench;

namespace Natflow.Cli.Output;

/// <summary>The object that <c>bench --json</c> prints.</summary>
internal sealed record BenchJson(string Suite, string Machine, IReadOnlyList<BenchRow> Results)
{
    /// <summary>One line of JSON.</summary>
    internal static string Format(string suite, IReadOnlyList<BenchRow> rows) =>
        JsonSerializer.Serialize(new BenchJson(suite, Describe(), rows), BenchJsonContext.Default.BenchJson);

    private static string Describe() =>
        $"{Environment.ProcessorCount} cores, {CpuName()}, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";

    private static string CpuName()
    {
        const string CpuInfo = "/proc/cpuinfo";
        string? line = File.Exists(CpuInfo)
            ? File.ReadLines(CpuInfo).FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}

/// <summary>Serialisation without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BenchJson))]
internal sealed partial class BenchJsonContext : JsonSerializerContext;
