using Natflow.Gateway.Workers;
using Natflow.Memory;
using Natflow.Ports;

namespace Natflow.Gateway;

/// <summary>What one worker polls and where it sends.</summary>
/// <param name="Pool">Its free chunks, used by its queues too.</param>
/// <param name="RxActors">Make its RX actors, one a queue; called again at each restart.</param>
/// <param name="Egress">Its queue of each port, by port index; where frames keep their link header, the LAN and the WAN port.</param>
/// <param name="Cpu">Core to stay on, or null.</param>
/// <param name="Host">Its way back into the kernel; null where there is none.</param>
/// <param name="WaitDescriptors">What an idle worker waits on: the descriptors of its receive queues; null lets it sleep by the clock.</param>
public sealed record WorkerPlan(
    ChunkPool Pool, IReadOnlyList<Func<RxContext, DataActor>> RxActors, IReadOnlyList<IPortQueue> Egress, int? Cpu = null, IPortQueue? Host = null, IReadOnlyList<int>? WaitDescriptors = null);
