using Natflow.Flows.Paths;

namespace Natflow.Testing.Flows;

/// <summary>Ways that keep every frame's link header, on a box that has a public address itself.</summary>
/// <param name="own">The box's address, host byte order.</param>
public sealed class OwnAddressPaths(uint own) : IPathResolver
{
    /// <inheritdoc />
    public bool RoutesInside => false;

    /// <inheritdoc />
    public ushort Outside(UInt128 address) => AsIsPaths.Instance.Outside(address);

    /// <inheritdoc />
    public ushort Inside(UInt128 address, ushort zone) => AsIsPaths.Instance.Inside(address, zone);

    /// <inheritdoc />
    public bool IsLocal(UInt128 address) => address == MappedAddress.Of(own);

    /// <inheritdoc />
    public void Ask(ushort pathIndex) => AsIsPaths.Instance.Ask(pathIndex);
}
