using System.Text.Json;
using System.Text.Json.Nodes;

namespace Natflow.Journal.Audit;

/// <summary>A state as it is shown.</summary>
/// <param name="At">Time of the last event included, ISO 8601.</param>
/// <param name="Ordering">Last event included.</param>
/// <param name="Users">Subscribers, by address.</param>
/// <param name="Leases">Port blocks, by public address and port.</param>
public sealed record GatewayStateModel(string At, long Ordering, IReadOnlyList<UserState> Users, IReadOnlyList<PortLease> Leases)
{
    /// <summary>Makes one.</summary>
    public static GatewayStateModel Of(GatewayState state) => new(
        AuditTime.Text(state.Ticks),
        state.Ordering,
        [.. state.Users.OrderBy(static user => user.User, StringComparer.Ordinal)],
        [.. state.Leases.OrderBy(static lease => lease.Public, StringComparer.Ordinal).ThenBy(static lease => lease.FirstPort)]);

    /// <summary>One JSON object. Beside ticks stand the same times as text.</summary>
    public string ToJson()
    {
        JsonObject model = JsonSerializer.SerializeToNode(this, StateJson.Default.GatewayStateModel)!.AsObject();
        Date(model["users"], "firstSeenTicks", "firstSeen");
        Date(model["leases"], "sinceTicks", "since");
        return model.ToJsonString();
    }

    private static void Date(JsonNode? list, string ticksName, string textName)
    {
        foreach (JsonObject element in (list as JsonArray ?? []).OfType<JsonObject>())
            element[textName] = AuditTime.Text(element[ticksName]?.GetValue<long>() ?? 0);
    }
}
