using Natflow.Cli.Control;
using Natflow.Management.Api;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;

namespace Natflow.Cli.Top;

/// <summary>What is shown at once.</summary>
/// <param name="Status">The gateway.</param>
/// <param name="Now">Its last second; null before the first.</param>
/// <param name="Rates">Bits a second of the seconds before, oldest first.</param>
/// <param name="Users">Subscribers; null where flows are shown.</param>
/// <param name="Flows">Flows; null where subscribers are shown.</param>
internal sealed record TopSample(GatewayStatus Status, OverviewModel? Now, IReadOnlyList<double> Rates, ListModel<SubscriberModel>? Users, ListModel<FlowModel>? Flows)
{
    private const int HistorySeconds = 60;

    /// <summary>Asks a gateway.</summary>
    internal static async Task<TopSample> Take(ControlClient client, TopState state)
    {
        GatewayStatus status = await client.Get("/api/v1/status", ApiJson.Default.GatewayStatus);
        HistoryModel history = await client.Get($"/api/v1/history?seconds={HistorySeconds}", ApiJson.Default.HistoryModel);
        string filter = state.Filter.Length == 0 ? string.Empty : $"&{(state.IsFlows ? "address" : "prefix")}={Uri.EscapeDataString(state.Filter)}";
        string query = $"sort={state.Sort}&limit=50{filter}";
        return new TopSample(
            status,
            history.Ticks.Count == 0 ? null : history.Ticks[^1],
            [.. history.Ticks.Select(static tick => tick.BitsPerSecond)],
            state.IsFlows ? null : await client.Get($"/api/v1/users?{query}", ApiJson.Default.ListModelSubscriberModel),
            state.IsFlows ? await client.Get($"/api/v1/flows?{query}", ApiJson.Default.ListModelFlowModel) : null);
    }
}
