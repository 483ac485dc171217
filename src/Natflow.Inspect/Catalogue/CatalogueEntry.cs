namespace Natflow.Inspect.Catalogue;

/// <summary>A protocol or an application.</summary>
/// <param name="Id">Below 0x1000 a protocol, from 0xF00 there a carrier; from 0x1000 an application.</param>
/// <param name="Name">Lower-case letters, digits, hyphens, dots.</param>
/// <param name="CategoryId">0 is unknown.</param>
public sealed record CatalogueEntry(ushort Id, string Name, byte CategoryId)
{
    /// <summary>The first id of carriers.</summary>
    public const ushort CarrierIdMin = 0xF00;

    /// <summary>The first id of applications.</summary>
    public const ushort AppIdMin = 0x1000;

    /// <summary>The first id of an operator's own applications.</summary>
    public const ushort OwnAppIdMin = 0x8000;

    /// <summary>Carries applications and is no answer by itself.</summary>
    public bool IsCarrier => Id is >= CarrierIdMin and < AppIdMin;

    /// <summary>An application, not a protocol.</summary>
    public bool IsApp => Id >= AppIdMin;
}
