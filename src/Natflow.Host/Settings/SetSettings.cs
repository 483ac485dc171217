namespace Natflow.Host.Settings;

/// <summary>A named set of <c>natflow.sets</c>.</summary>
/// <param name="Name">1 to 31 characters.</param>
/// <param name="Entries">Valid entries.</param>
/// <param name="File">Absolute path of a file with more of them; empty for none.</param>
/// <param name="IsKernel">Whether the kernel's set of the same name is added.</param>
public sealed record SetSettings(string Name, IReadOnlyList<string> Entries, string File, bool IsKernel);
