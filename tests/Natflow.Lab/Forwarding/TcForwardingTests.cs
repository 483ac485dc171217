using Natflow.Lab.Topology;

namespace Natflow.Lab.Forwarding;

/// <summary>Over TPACKET_V3 rings with the soft PPE at tc's ingress, the hosts' offloads as they are.</summary>
public sealed class TcForwardingTests : ForwardingTests, IClassFixture<TcLabFixture>
{
    /// <summary>With the class's lab.</summary>
    public TcForwardingTests(TcLabFixture fixture)
        : base(fixture, "af_packet")
    {
    }
}
