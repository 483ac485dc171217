using System.Text.Json.Serialization;

namespace Natflow.Cli.Top;

/// <summary>JSON of <c>natflow top --json</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TopSample))]
internal sealed partial class TopJson : JsonSerializerContext;
