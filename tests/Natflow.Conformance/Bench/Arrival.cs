using Natflow.Core;
using Natflow.Testing.Flows;

namespace Natflow.Conformance.Bench;

/// <summary>A frame that left the gateway, as captured.</summary>
/// <param name="Side">Side that it left by.</param>
/// <param name="Frame">The bytes.</param>
public sealed record Arrival(Side Side, byte[] Frame)
{
    /// <summary>Its IPv4 packet.</summary>
    public PacketView Packet => PacketView.Of(Frame);
}
