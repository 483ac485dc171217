namespace Natflow.Policy.Zones;

/// <summary>The kinds of zone.</summary>
public enum ZoneKind : byte
{
    /// <summary>Subscribers are behind it.</summary>
    Lan,

    /// <summary>Not LAN.</summary>
    Wan,
}
