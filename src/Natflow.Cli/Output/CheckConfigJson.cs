using System.Text.Json;
using System.Text.Json.Serialization;
using Natflow.Host.Settings;

namespace Natflow.Cli.Output;

/// <summary>The object that <c>check-config --json</c> prints. Fields are only added, never renamed.</summary>
internal sealed record CheckConfigJson
{
    /// <summary>The file.</summary>
    public required string Config { get; init; }

    /// <summary>Whether a gateway would start with it.</summary>
    public required bool Valid { get; init; }

    /// <summary>Every mistake.</summary>
    public required IReadOnlyList<ConfigErrorJson> Errors { get; init; }

    /// <summary>Every key with its value in one spelling; empty where there are mistakes.</summary>
    public required IReadOnlyDictionary<string, ConfigValueJson> Settings { get; init; }

    /// <summary>One line of JSON.</summary>
    internal static string Format(string path, SettingsResult result) => JsonSerializer.Serialize(
        new CheckConfigJson
        {
            Config = path,
            Valid = result.IsValid,
            Errors = [.. result.Errors.Select(static error => new ConfigErrorJson(error.Location.File, error.Location.Line, error.Location.Column, error.Path, error.Message))],
            Settings = result.Settings?.Values.ToDictionary(
                static pair => pair.Key,
                static pair => new ConfigValueJson(pair.Value.Text, pair.Value.Location.File, pair.Value.Location.Line),
                StringComparer.Ordinal) ?? [],
        },
        CheckConfigJsonContext.Default.CheckConfigJson);
}

/// <summary>A mistake.</summary>
internal sealed record ConfigErrorJson(string File, int Line, int Column, string Path, string Message);

/// <summary>A value and where it was written.</summary>
internal sealed record ConfigValueJson(string Value, string File, int Line);

/// <summary>Serialisation without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CheckConfigJson))]
internal sealed partial class CheckConfigJsonContext : JsonSerializerContext;
