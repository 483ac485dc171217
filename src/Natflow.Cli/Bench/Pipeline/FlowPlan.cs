using Natflow.Core;

namespace Natflow.Cli.Bench.Pipeline;

/// <summary>Endpoints of a benchmark's flows, by number: 50 flows a subscriber, each from its own port, so that each needs a mapping.</summary>
internal static class FlowPlan
{
    /// <summary>Flows of one subscriber.</summary>
    internal const int FlowsPerUser = 50;

    private const uint FirstUser = 0x0A00_0001;
    private const uint FirstServer = 0xC612_0000; // 198.18.0.0/15 is for benchmarks (RFC 2544).
    private const uint FirstPublic = 0xCB00_7101;
    private const int BlocksPerAddress = 500;

    /// <summary>Subscriber's address.</summary>
    internal static uint InsideAddress(int flow) => FirstUser + (uint)(flow / FlowsPerUser);

    /// <summary>Subscriber's port.</summary>
    internal static ushort InsidePort(int flow) => (ushort)(20_000 + (flow % FlowsPerUser));

    /// <summary>Server's address.</summary>
    internal static uint RemoteAddress(int flow) => FirstServer + ((uint)flow * 2_654_435_761 >> 15);

    /// <summary>Server's port.</summary>
    internal static ushort RemotePort(int flow) => (ushort)(flow % 3 == 0 ? 443 : 1024 + (flow % 4099));

    /// <summary>All subscribers.</summary>
    internal static Ipv4Prefix LanPrefix { get; } = Ipv4Prefix.TryParse("10.0.0.0/8", out Ipv4Prefix prefix, out string? error)
        ? prefix
        : throw new FormatException(error);

    /// <summary>Public addresses for so many flows, an eighth more than needed.</summary>
    internal static IReadOnlyList<uint> PublicAddresses(int flowCount)
    {
        int users = (flowCount / FlowsPerUser) + 1;
        return [.. Enumerable.Range(0, (users * 9 / (BlocksPerAddress * 8)) + 1).Select(static index => FirstPublic + (uint)index)];
    }
}
