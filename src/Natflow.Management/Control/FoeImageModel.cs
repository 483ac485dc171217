using Natflow.Gateway.Ppe;
using Natflow.Offload.MediaTek;
using Natflow.Offload.Model;

namespace Natflow.Management.Control;

/// <summary>The offloaded flows as the tables of a MediaTek chip would have them.</summary>
/// <param name="Soc">The chip.</param>
/// <param name="Tables">One text an engine, a line an entry, as the kernel's debugfs prints it.</param>
/// <param name="Refused">Entries that the tables cannot hold, by why.</param>
public sealed record FoeImageModel(MediaTekSoc Soc, IReadOnlyList<string> Tables, IReadOnlyDictionary<PpeResult, int> Refused)
{
    /// <summary>The model of an image.</summary>
    internal static FoeImageModel Of(FoeImage image) => new(image.Soc, image.Tables, image.Refused);
}
