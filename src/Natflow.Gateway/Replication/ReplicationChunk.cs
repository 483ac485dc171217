namespace Natflow.Gateway.Replication;

/// <summary>A buffer of records.</summary>
/// <param name="BufferIndex">Which.</param>
/// <param name="LengthBytes">Bytes of records.</param>
/// <param name="Mark">What is reached with it.</param>
public readonly record struct ReplicationChunk(int BufferIndex, int LengthBytes, ReplicationMark Mark);
