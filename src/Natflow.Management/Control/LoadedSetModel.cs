namespace Natflow.Management.Control;

/// <summary>A named set.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Ranges">Ranges of addresses, after joining what touches.</param>
/// <param name="Macs">MACs.</param>
/// <param name="Sources">Where its entries come from: configuration, a file's path, kernel, written.</param>
public sealed record LoadedSetModel(string Name, int Ranges, int Macs, IReadOnlyList<string> Sources);
