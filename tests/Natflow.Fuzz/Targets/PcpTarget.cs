using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Pcp;
using Natflow.Flows.Shards;

namespace Natflow.Fuzz.Targets;

/// <summary>PCP and NAT-PMP requests to a server.</summary>
internal sealed class PcpTarget : FuzzTarget
{
    private const uint ClientBe = 0x0500_000A;

    private readonly PublicPool _pool;
    private readonly PcpServer _server;
    private readonly byte[] _response = new byte[1100];
    private long _nowMs = 1000;

    internal PcpTarget()
    {
        var settings = new NatSettings
        {
            PublicAddresses = [0xCB00_7101],
            LanPrefixes = [Ipv4Prefix.TryParse("10.0.0.0/8", out Ipv4Prefix prefix, out _) ? prefix : default],
            FlowCapacity = 256,
            UserCapacity = 64,
            Seed = 11,
        };
        _pool = new PublicPool(settings);
        _server = new PcpServer(new ShardState(settings, _pool, 0), new PcpSettings(), 0);
    }

    public override string Name => "pcp";

    public override int InputBytesMax => 1200;

    public override IEnumerable<byte[]> Seeds() =>
    [
        [0, 0],
        [0, 1, 0, 0, 0x13, 0x88, 0, 0, 0, 0, 0, 60],
        [2, 0, 0, 0, 0, 0, 0, 0, .. Client],
        [2, 1, 0, 0, 0, 0, 0, 60, .. Client, .. new byte[12], 17, 0, 0, 0, 0x13, 0x88, 0, 0, .. new byte[10], 0xFF, 0xFF, 0, 0, 0, 0],
        [2, 2, 0, 0, 0, 0, 0, 60, .. Client, .. new byte[12], 6, 0, 0, 0, 0x13, 0x88, 0, 0, .. new byte[10], 0xFF, 0xFF, 0, 0, 0, 0, 0, 80, 0, 0, .. new byte[10], 0xFF, 0xFF, 1, 2, 3, 4],
    ];

    private static byte[] Client => [.. new byte[10], 0xFF, 0xFF, 10, 0, 0, 5];

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        outcome.Add((int)PcpRequest.TryParse(input, out _));
        int length = _server.Handle(input, ClientBe, zone: 0, _nowMs++, _response);
        if (length < 0 || length > _response.Length) throw new InvalidOperationException("a response beyond its room");
        outcome.Add(length);
        if (length > 3) outcome.Add(_response[3]);
        return outcome.Value;
    }

    protected override void Dispose(bool isDisposing)
    {
        _server.Dispose();
        _pool.Dispose();
        base.Dispose(isDisposing);
    }
}
