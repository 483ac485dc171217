using System.Text.Json.Serialization;
using Natflow.Journal.Events;

namespace Natflow.Journal.Audit;

/// <summary>Content of a state snapshot.</summary>
internal sealed record StateContent(IReadOnlyList<UserState> Users, IReadOnlyList<PortLease> Leases, NatPlanChanged? Plan, string? RulesDigest = null, IReadOnlyList<WrittenRule>? Rules = null);

/// <summary>Serialisation without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(StateContent))]
[JsonSerializable(typeof(GatewayStateModel))]
[JsonSerializable(typeof(WhoAnswer))]
[JsonSerializable(typeof(WhoTrace))]
[JsonSerializable(typeof(WhoQuestion))]
internal sealed partial class StateJson : JsonSerializerContext;
