namespace Natflow.Flows.Paths;

/// <summary>One way out and one way in, by which frames keep their link header: for captures, memory ports, benchmarks.</summary>
public sealed class AsIsPaths : IPathResolver
{
    /// <summary>The resolver; it has no state.</summary>
    public static AsIsPaths Instance { get; } = new();

    /// <inheritdoc />
    public ushort Outside(UInt128 address) => PathTable.AsIsWan;

    /// <inheritdoc />
    public ushort Inside(UInt128 address, ushort zone) => PathTable.AsIsLan;

    /// <inheritdoc />
    public bool IsLocal(UInt128 address) => false;

    /// <inheritdoc />
    public bool RoutesInside => false;

    /// <inheritdoc />
    public void Ask(ushort pathIndex)
    {
        // Nothing is ever pending.
    }
}
