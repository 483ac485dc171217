namespace Natflow.Host.Settings;

/// <summary><c>natflow.ports.umem</c>.</summary>
public sealed record UmemSettings
{
    /// <summary>Chunks of one worker: a power of two.</summary>
    public required int Chunks { get; init; }

    /// <summary>Bytes of a chunk: 2048 or 4096.</summary>
    public required int ChunkBytes { get; init; }
}
