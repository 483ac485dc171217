namespace Natflow.Management.Api.Models;

/// <summary>A named set.</summary>
/// <param name="Name">1 to 31 characters.</param>
/// <param name="Entries">Addresses, nets, ranges, MACs, ports and port ranges of the configuration.</param>
/// <param name="File">Absolute path of a file with more of them; empty for none.</param>
/// <param name="IsKernel">Whether the kernel's set of the same name is added.</param>
public sealed record SetModel(string Name, IReadOnlyList<string> Entries, string? File, bool IsKernel)
{
    /// <summary>Ranges of addresses that it holds with all its sources; a change need not say it.</summary>
    public int? Ranges { get; init; }

    /// <summary>MACs that it holds; a change need not say it.</summary>
    public int? Macs { get; init; }
}
