namespace Natflow.Gateway;

/// <summary>A message for the flow actor of one shard, whoever that is now.</summary>
/// <param name="ShardIndex">The shard.</param>
/// <param name="Message">One of the messages of <see cref="Flow.FlowActor"/>.</param>
internal sealed record ShardEnvelope(int ShardIndex, object Message);
