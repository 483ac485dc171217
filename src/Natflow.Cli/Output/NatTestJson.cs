using System.Text.Json;
using System.Text.Json.Serialization;
using Natflow.Host.NatTest;

namespace Natflow.Cli.Output;

/// <summary>The object that <c>nat-test --json</c> prints; behaviours are named in lower camel case.</summary>
internal sealed record NatTestJson(
    string Server,
    string? OtherServer,
    string Local,
    string? Mapped,
    NatBehaviour Mapping,
    NatBehaviour Filtering,
    NatBehaviour TcpMapping,
    bool? Hairpin,
    double? LifetimeSecondsMin,
    double? LifetimeSecondsMax,
    bool Complete)
{
    /// <summary>One line of JSON.</summary>
    internal static string Format(NatTestReport report) => JsonSerializer.Serialize(
        new NatTestJson(
            report.Server.ToString(), report.Other?.ToString(), report.Local.ToString(), report.Mapped?.ToString(), report.Mapping,
            report.Filtering, report.TcpMapping, report.IsHairpinning, report.LifetimeAtLeast?.TotalSeconds, report.LifetimeBelow?.TotalSeconds,
            report.IsWhole),
        NatTestJsonContext.Default.NatTestJson);
}

/// <summary>Serialisation without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(NatBehaviourConverter)])]
[JsonSerializable(typeof(NatTestJson))]
internal sealed partial class NatTestJsonContext : JsonSerializerContext;

/// <summary>Behaviours by name.</summary>
internal sealed class NatBehaviourConverter() : JsonStringEnumConverter<NatBehaviour>(JsonNamingPolicy.CamelCase);
