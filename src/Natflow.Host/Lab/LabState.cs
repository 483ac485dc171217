using System.Text.Json;
using System.Text.Json.Serialization;

namespace Natflow.Host.Lab;

/// <summary>What a lab made, kept in its run directory for those who come later.</summary>
/// <param name="Name">Name of the lab.</param>
/// <param name="Mode">How the gateway was asked to reach its interfaces.</param>
/// <param name="Namespaces">Network namespaces made.</param>
/// <param name="Config">Configuration of the gateway.</param>
/// <param name="BuilderProcessId">The process that builds it, or built it.</param>
/// <param name="IsUp">Whether it was built to the end.</param>
/// <param name="Missing">What is not there because a program is not installed.</param>
public sealed record LabState(
    string Name, LabMode Mode, IReadOnlyList<string> Namespaces, string Config, int BuilderProcessId, bool IsUp, IReadOnlyList<string> Missing)
{
    private const string FileName = "lab.json";

    /// <summary>Reads the state of a run directory.</summary>
    /// <returns>Null where there is none, or one that cannot be read.</returns>
    internal static LabState? Read(string directory)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(Path.Combine(directory, FileName)), LabJson.Default.LabState);
        }
        catch (Exception error) when (error is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Writes it.</summary>
    internal void Write(string directory) =>
        File.WriteAllText(Path.Combine(directory, FileName), JsonSerializer.Serialize(this, LabJson.Default.LabState));
}

/// <summary>JSON of the lab, by source generation.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(LabState))]
[JsonSerializable(typeof(LabStatus))]
public sealed partial class LabJson : JsonSerializerContext;
