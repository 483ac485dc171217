using System.Text.Json.Serialization;

namespace Natflow.Journal.Events;

/// <summary>Serialisation of the catalogue, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(PortBlockAllocated))]
[JsonSerializable(typeof(PortBlockReleased))]
[JsonSerializable(typeof(PoolThresholdReached))]
[JsonSerializable(typeof(SessionOpened))]
[JsonSerializable(typeof(SessionClosed))]
[JsonSerializable(typeof(NatPlanChanged))]
[JsonSerializable(typeof(UserSeen))]
[JsonSerializable(typeof(UserGone))]
[JsonSerializable(typeof(UserLoggedIn))]
[JsonSerializable(typeof(UserLoggedOut))]
[JsonSerializable(typeof(UserKicked))]
[JsonSerializable(typeof(UserLimitSet))]
[JsonSerializable(typeof(PolicyChanged))]
[JsonSerializable(typeof(UrlVisited))]
[JsonSerializable(typeof(GatewayStarted))]
[JsonSerializable(typeof(GatewayStopped))]
[JsonSerializable(typeof(OperatorActed))]
[JsonSerializable(typeof(EventsLost))]
[JsonSerializable(typeof(ClockSteppedBack))]
[JsonSerializable(typeof(SubjectErased))]
[JsonSerializable(typeof(JournalTrimmed))]
internal sealed partial class EventJson : JsonSerializerContext;
