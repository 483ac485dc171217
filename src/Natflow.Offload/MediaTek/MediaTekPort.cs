namespace Natflow.Offload.MediaTek;

/// <summary>An Ethernet port of the gateway as the engine knows it.</summary>
/// <param name="PortIndex">Index in the gateway's list of ports, as ways out name it.</param>
/// <param name="InterfaceIndex">The kernel's number, as entries name the interface that their packets arrive on.</param>
/// <param name="Port">Port of the fabric, <see cref="FabricPort.Gdm1"/>, 2 or 3. Behind a switch, that of the conduit.</param>
/// <param name="SwitchPort">Port of a switch with MediaTek's tag, 0 to 7; -1 where there is no switch.</param>
public sealed record MediaTekPort(int PortIndex, int InterfaceIndex, byte Port, int SwitchPort = MediaTekPort.NoSwitch)
{
    /// <summary>Not behind a switch.</summary>
    public const int NoSwitch = -1;

    private const int SwitchQueues = 3;

    /// <summary>Queue of the port, as Linux numbers it.</summary>
    internal byte Queue => (byte)(SwitchPort == NoSwitch ? Port - 1 : SwitchQueues + SwitchPort);

    /// <summary>The engine that looks at what arrives there: each GMAC has its own on v2 and v3.</summary>
    internal int Instance => Port switch
    {
        FabricPort.Gdm2 => 1,
        FabricPort.Gdm3 => 2,
        _ => 0,
    };
}
