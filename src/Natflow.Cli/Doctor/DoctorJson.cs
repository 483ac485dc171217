using System.Text.Json.Serialization;

namespace Natflow.Cli.Doctor;

/// <summary>JSON of <c>natflow doctor --json</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(List<DoctorFinding>))]
internal sealed partial class DoctorJson : JsonSerializerContext;
