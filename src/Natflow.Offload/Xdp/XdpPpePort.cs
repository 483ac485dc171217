using Natflow.Bpf;

namespace Natflow.Offload.Xdp;

/// <summary>An interface with the soft PPE in front.</summary>
/// <param name="Attachment">The program on the interface; an <c>af_xdp</c> port can be opened on it. Belongs to the PPE.</param>
/// <param name="PortIndex">Number of the port in the gateway.</param>
/// <param name="IsAdopted">Whether an attachment of an earlier gateway was taken over, without a gap.</param>
public sealed record XdpPpePort(XdpAttachment Attachment, byte PortIndex, bool IsAdopted);
