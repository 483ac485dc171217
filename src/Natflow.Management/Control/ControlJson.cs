using System.Text.Json.Serialization;

namespace Natflow.Management.Control;

/// <summary>JSON of the control socket, by source generation. Names are camelCase; enumerations are names.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GatewayStatus))]
[JsonSerializable(typeof(CountersModel))]
[JsonSerializable(typeof(FlowsModel))]
[JsonSerializable(typeof(MappingsModel))]
[JsonSerializable(typeof(OffloadModel))]
[JsonSerializable(typeof(FoeImageModel))]
[JsonSerializable(typeof(InspectionModel))]
[JsonSerializable(typeof(TraceModel))]
[JsonSerializable(typeof(ReloadResult))]
[JsonSerializable(typeof(UsersModel))]
[JsonSerializable(typeof(UserAnswerModel))]
[JsonSerializable(typeof(SetsModel))]
[JsonSerializable(typeof(DeviceAnswerModel))]
[JsonSerializable(typeof(DeviceDumpModel))]
[JsonSerializable(typeof(ControlProblem))]
public sealed partial class ControlJson : JsonSerializerContext;
