namespace Natflow.Cluster.Replication;

/// <summary>What another node says to a question.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Payload">Its words; null where it did not answer in time, or does not know such questions.</param>
public sealed record PeerAnswer(string Node, byte[]? Payload);
