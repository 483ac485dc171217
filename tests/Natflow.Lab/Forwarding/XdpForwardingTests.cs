using Natflow.Lab.Topology;

namespace Natflow.Lab.Forwarding;

/// <summary>Over AF_XDP sockets.</summary>
public sealed class XdpForwardingTests : ForwardingTests, IClassFixture<XdpLabFixture>
{
    /// <summary>With the class's lab.</summary>
    public XdpForwardingTests(XdpLabFixture fixture)
        : base(fixture, "af_xdp")
    {
    }
}
