using Natflow.Flows;
using Natflow.Flows.Shards;

namespace Natflow.Conformance.Bench;

/// <summary>Reads the events of port blocks.</summary>
internal static class BlockEvents
{
    /// <summary>Takes all that wait, shard by shard.</summary>
    internal static List<PortBlockEvent> Take(GatewayBench bench)
    {
        var events = new List<PortBlockEvent>();
        foreach (ShardState state in bench.States)
        {
            while (state.BlockLog.TryTake(out PortBlockEvent blockEvent))
                events.Add(blockEvent);
        }

        return events;
    }
}
