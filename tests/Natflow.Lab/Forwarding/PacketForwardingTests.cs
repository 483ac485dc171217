using Natflow.Lab.Topology;

namespace Natflow.Lab.Forwarding;

/// <summary>Over TPACKET_V3 rings.</summary>
public sealed class PacketForwardingTests : ForwardingTests, IClassFixture<PacketLabFixture>
{
    /// <summary>With the class's lab.</summary>
    public PacketForwardingTests(PacketLabFixture fixture)
        : base(fixture, "af_packet")
    {
    }
}
