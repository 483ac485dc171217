using System.Text.Json.Serialization;

namespace Natflow.Portal.Captive;

/// <summary>JSON of RFC 8908: what is not said is absent.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CaptiveState))]
internal sealed partial class CaptiveJson : JsonSerializerContext;
