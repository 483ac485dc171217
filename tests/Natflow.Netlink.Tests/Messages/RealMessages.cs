namespace Natflow.Netlink.Tests.Messages;

/// <summary>
/// Dumps of a Linux 6.18 namespace, one message a line: links (lo, a veth pair, a bridge), addresses, routes of both families (gateway,
/// metric, MTU, source, multipath, blackhole, unreachable, prohibit, IPv4 over IPv6, a table of its own), neighbours, and an error.
/// </summary>
internal static class RealMessages
{
    internal static byte[][] All { get; } = Read();

    private static byte[][] Read()
    {
        using Stream stream = typeof(RealMessages).Assembly.GetManifestResourceStream("rtnetlink.hex")!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Convert.FromHexString)];
    }
}
