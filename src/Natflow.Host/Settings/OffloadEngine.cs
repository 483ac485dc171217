namespace Natflow.Host.Settings;

/// <summary>What forwards established flows without the gateway.</summary>
public enum OffloadEngine
{
    /// <summary>Nothing: the gateway forwards all packets itself.</summary>
    None = 0,

    /// <summary>The soft PPE, an XDP program in front of <c>af_xdp</c> ports.</summary>
    Xdp = 1,

    /// <summary>Rules of tc's classifier flower that the ports' driver takes.</summary>
    Flower = 2,

    /// <summary>The soft PPE at tc's ingress, in front of <c>af_packet</c> ports.</summary>
    Tc = 3,
}
