namespace Natflow.Offload.MediaTek;

/// <summary>Chip and ports.</summary>
/// <param name="Soc">The chip.</param>
/// <param name="Ports">The gateway's ports on it.</param>
/// <param name="EntryCount">Entries a table: 1,024 to 32,768, a power of two. Linux has 16,384, before 6.11 8,192.</param>
/// <param name="Reserved">Which entries MT7621 keeps free; of no effect on other chips.</param>
public sealed record MediaTekSettings(
    MediaTekSoc Soc,
    IReadOnlyList<MediaTekPort> Ports,
    int EntryCount = MediaTekSettings.EntryCountDefault,
    ReservedEntries Reserved = ReservedEntries.Eight)
{
    /// <summary>Entries of a table in current kernels.</summary>
    public const int EntryCountDefault = 16 << 10;

    internal bool HasMib => Soc is not (MediaTekSoc.Mt7621 or MediaTekSoc.Mt7623);

    internal int InstanceCount => FoeLayout.Of(Soc).Generation;

    internal ReservedEntries ReservedOfSoc => Soc == MediaTekSoc.Mt7621 ? Reserved : ReservedEntries.None;

    internal uint TaggedPorts()
    {
        uint ports = 0;
        foreach (MediaTekPort port in Ports)
            ports |= port.SwitchPort == MediaTekPort.NoSwitch ? 0 : 1u << port.Port;
        return ports;
    }
}
