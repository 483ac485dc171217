namespace Natflow.Offload.Xdp;

/// <summary>Where the soft PPE meets the frames.</summary>
public enum PpeHook
{
    /// <summary>XDP, in front of the kernel: one frame at a time, tags and PPPoE included. Where the driver makes frames of packets (veth), each is copied first.</summary>
    Xdp = 0,

    /// <summary>tc's ingress, behind the receive offloads: segments that were joined go on together, without a copy. Ethernet without tags.</summary>
    Tc = 1,
}
