using Natflow.Core;
using Natflow.Gateway.Rx;
using Natflow.Gateway.Workers;
using Natflow.Memory;

namespace Natflow.Gateway;

/// <summary>What an RX actor gets from the data plane it becomes a part of.</summary>
/// <param name="Slot">Its place on the worker.</param>
/// <param name="Dispatch">The ways to the shards.</param>
/// <param name="Umem">Where the frames lie.</param>
/// <param name="Hash">The gateway's hash.</param>
public sealed record RxContext(DataActorSlot Slot, ShardDispatch Dispatch, Umem Umem, FlowHash Hash);
