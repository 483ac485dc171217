using System.Text.Json;

namespace Natflow.Hocon.Tests;

/// <summary>A text with the value it stands for, or the class of its error.</summary>
/// <param name="Name">Unique name.</param>
/// <param name="Text">The main text.</param>
/// <param name="Files">Files beside it.</param>
/// <param name="Resources">Resources.</param>
/// <param name="Environment">The environment.</param>
/// <param name="Value">The resolved root, where there is one.</param>
/// <param name="Error">Name of the error kind, where there is none.</param>
public sealed record DocumentCase(
    string Name,
    string Text,
    IReadOnlyDictionary<string, string> Files,
    IReadOnlyDictionary<string, string> Resources,
    IReadOnlyDictionary<string, string> Environment,
    JsonElement? Value,
    string? Error)
{
    /// <summary>Every case of cases/documents.json, by name.</summary>
    public static IReadOnlyDictionary<string, DocumentCase> All { get; } =
        CaseFile.Read("documents.json").Select(Of).ToDictionary(static one => one.Name, StringComparer.Ordinal);

    private static DocumentCase Of(JsonElement json) => new(
        json.GetProperty("name").GetString()!,
        json.GetProperty("text").GetString()!,
        Texts(json, "files"),
        Texts(json, "resources"),
        Texts(json, "environment"),
        json.TryGetProperty("value", out JsonElement value) ? value : null,
        json.TryGetProperty("error", out JsonElement error) ? error.GetString() : null);

    private static Dictionary<string, string> Texts(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement texts)
        ? texts.EnumerateObject().ToDictionary(static text => text.Name, static text => text.Value.GetString()!, StringComparer.Ordinal)
        : [];
}
