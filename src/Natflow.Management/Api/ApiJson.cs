using System.Text.Json.Serialization;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;

namespace Natflow.Management.Api;

/// <summary>JSON of the API, by source generation. Names are camelCase; enumerations are names.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ListModel<FlowModel>))]
[JsonSerializable(typeof(ListModel<MappingModel>))]
[JsonSerializable(typeof(ListModel<SubscriberModel>))]
[JsonSerializable(typeof(ListModel<PortBlockModel>))]
[JsonSerializable(typeof(SubscriberModel))]
[JsonSerializable(typeof(UserChangeModel))]
[JsonSerializable(typeof(GatewayStatus))]
[JsonSerializable(typeof(CountersModel))]
[JsonSerializable(typeof(OffloadModel))]
[JsonSerializable(typeof(ReloadResult))]
[JsonSerializable(typeof(ControlProblem))]
[JsonSerializable(typeof(InspectionModel))]
[JsonSerializable(typeof(OverviewModel))]
[JsonSerializable(typeof(HistoryModel))]
[JsonSerializable(typeof(SessionModel))]
[JsonSerializable(typeof(HealthModel))]
[JsonSerializable(typeof(AuditRecord))]
[JsonSerializable(typeof(AuditModel))]
[JsonSerializable(typeof(ConfigurationModel))]
[JsonSerializable(typeof(ValidationModel))]
[JsonSerializable(typeof(ClusterMembersModel))]
[JsonSerializable(typeof(ClusterMemberModel))]
[JsonSerializable(typeof(ClusterShardsModel))]
[JsonSerializable(typeof(ClusterMapModel))]
[JsonSerializable(typeof(ShardRegionsModel))]
[JsonSerializable(typeof(SeedNodesModel))]
[JsonSerializable(typeof(MessageModel))]
[JsonSerializable(typeof(QosTableModel))]
[JsonSerializable(typeof(AclTableModel))]
[JsonSerializable(typeof(AclChangeModel))]
[JsonSerializable(typeof(ZoneTableModel))]
[JsonSerializable(typeof(AuthTableModel))]
[JsonSerializable(typeof(SetModel))]
[JsonSerializable(typeof(SetTableModel))]
[JsonSerializable(typeof(PortForwardTableModel))]
[JsonSerializable(typeof(KickModel))]
[JsonSerializable(typeof(AuditWhoModel))]
[JsonSerializable(typeof(AuditEventsModel))]
[JsonSerializable(typeof(AuditStateModel))]
public sealed partial class ApiJson : JsonSerializerContext;
