namespace Natflow.Offload.MediaTek;

/// <summary>Ports of the frame engine's switch fabric.</summary>
public static class FabricPort
{
    /// <summary>The CPU.</summary>
    public const byte Cpu = 0;

    /// <summary>First Ethernet port.</summary>
    public const byte Gdm1 = 1;

    /// <summary>Second Ethernet port.</summary>
    public const byte Gdm2 = 2;

    /// <summary>Nowhere.</summary>
    public const byte Drop = 7;

    /// <summary>Third Ethernet port, v3.</summary>
    public const byte Gdm3 = 15;
}
