using Natflow.Core;
using Natflow.Flows;

namespace Natflow.Cli.Demo;

/// <summary>The office of the demo: 200 subscribers, one server that the outside may reach, two public addresses. Host byte order.</summary>
internal static class OfficePlan
{
    /// <summary>Number of subscribers.</summary>
    internal const int SubscriberCount = 200;

    /// <summary>Port of the office's own server, outside and inside.</summary>
    internal const ushort ServerPort = 5060;

    /// <summary>The office's own server.</summary>
    internal static uint Server { get; } = Address("10.20.0.5");

    /// <summary>The resolver that everybody asks.</summary>
    internal static uint Resolver { get; } = Address("198.51.100.53");

    /// <summary>Public addresses (TEST-NET-3, RFC 5737).</summary>
    internal static IReadOnlyList<uint> PublicAddresses { get; } = [Address("203.0.113.1"), Address("203.0.113.2")];

    /// <summary>The office's network.</summary>
    internal static Ipv4Prefix Lan { get; } =
        Ipv4Prefix.TryParse("10.20.0.0/16", out Ipv4Prefix prefix, out string? error) ? prefix : throw new FormatException(error);

    /// <summary>The way from outside to the server.</summary>
    internal static PortForward Forward { get; } = new(IpProtocol.Udp, PublicAddresses[0], ServerPort, Server, ServerPort);

    /// <summary>A subscriber's address.</summary>
    internal static uint Subscriber(int index) => Lan.Network + 0x100 + (uint)(index / 100 * 256) + (uint)(index % 100) + 10;

    /// <summary>A server on the internet (TEST-NET-2 and the benchmark network, so that nobody's real address is shown).</summary>
    internal static uint RemoteServer(int index) => Address("198.18.0.1") + (uint)(index * 7);

    private static uint Address(string text) =>
        Ipv4Prefix.TryParseAddress(text, out uint address) ? address : throw new FormatException(text);
}
