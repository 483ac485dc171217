using Natflow.Host.Lab;
using Natflow.Testing.Namespaces;

namespace Natflow.Lab.Topology;

/// <summary>A lab for the tests of a class; none is built where they are skipped.</summary>
public abstract class LabFixture : IAsyncLifetime
{
    // Thousands of connections of one host are more than a subscriber gets by default.
    private const string ManyPorts = "natflow.nat.blocks-per-user = 64\n";
    private TestLab? _lab;

    /// <summary>How the gateway reaches its interfaces.</summary>
    protected abstract LabMode Mode { get; }

    /// <summary>HOCON for the gateway.</summary>
    protected virtual string ExtraConfig => string.Empty;

    /// <summary>The lab.</summary>
    public TestLab Lab => _lab ?? throw new InvalidOperationException("no lab was built");

    /// <inheritdoc />
    public async Task InitializeAsync()
    {
        if (NamespaceSupport.SkipReason is null)
            _lab = await TestLab.Up(Mode, ManyPorts + ExtraConfig);
    }

    /// <inheritdoc />
    public async Task DisposeAsync()
    {
        if (_lab is null)
            return;
        await using (_lab)
        {
            if (_lab.GatewayProcessId is null)
                throw new InvalidOperationException($"the gateway has ended, and no test of the class has ended it; its last words: {_lab.LastWords}");
        }
    }
}

/// <summary>A lab over AF_XDP.</summary>
public sealed class XdpLabFixture : LabFixture
{
    /// <inheritdoc />
    protected override LabMode Mode => LabMode.AfXdp;
}

/// <summary>A lab over AF_PACKET.</summary>
public sealed class PacketLabFixture : LabFixture
{
    /// <inheritdoc />
    protected override LabMode Mode => LabMode.AfPacket;
}

/// <summary>A lab over AF_PACKET, with the soft PPE at tc's ingress.</summary>
public sealed class TcLabFixture : LabFixture
{
    /// <inheritdoc />
    protected override LabMode Mode => LabMode.AfPacket;

    /// <inheritdoc />
    protected override string ExtraConfig => "natflow.offload.engine = tc\n";
}
