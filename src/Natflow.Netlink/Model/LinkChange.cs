namespace Natflow.Netlink.Model;

/// <summary>A link is new, gone, or differs in something that <see cref="Link"/> tells.</summary>
/// <param name="Index">The link.</param>
/// <param name="Old">Before; null if it was not there.</param>
/// <param name="New">Now; null if it is not there.</param>
public readonly record struct LinkChange(int Index, Link? Old, Link? New)
{
    /// <summary>Whether packets could leave through it before and cannot now.</summary>
    public bool IsLoss => Old is { IsUsable: true } && New is not { IsUsable: true };
}
