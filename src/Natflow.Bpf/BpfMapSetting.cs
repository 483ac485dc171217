namespace Natflow.Bpf;

/// <summary>What a map is to be instead of what its source says.</summary>
/// <param name="Map">Name of the map.</param>
/// <param name="EntriesMax">Its size; 0 leaves it.</param>
/// <param name="PinPath">
/// File in a BPF file system: a map of the same type, layout and size that is pinned there is used as it is; where there is none, the new one is pinned there.
/// Null for a map that goes with the object.
/// </param>
public readonly record struct BpfMapSetting(string Map, uint EntriesMax, string? PinPath = null);
