using Natflow.Packets;
using Natflow.Packets.Build;

namespace Natflow.Fuzz.Targets;

/// <summary>Frames to begin with.</summary>
internal static class SeedFrames
{
    internal const uint Inside = 0x0A00_0005;
    internal const uint Outside = 0xC633_640A;

    internal static IEnumerable<byte[]> All()
    {
        byte[] query = PacketBuilder.Ethernet().Ipv4(Inside, Outside).Udp(5555, 53)
            .Payload([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 97, 98, 99, 0, 0, 1, 0, 1]).ToArray();
        yield return query;
        yield return PacketBuilder.Ethernet().Ipv4(Inside, Outside).Tcp(5555, 80, TcpFlags.Syn, 1, 0, [2, 4, 5, 180, 4, 2]).ToArray();
        yield return PacketBuilder.Ethernet().Ipv4(Inside, Outside).Tcp(5555, 80, TcpFlags.Ack, 2, 1).Payload("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8).ToArray();
        yield return [.. query[..12], 0x88, 0xA8, 0, 5, 0x81, 0, 0, 6, 8, 0, .. query[14..]];
        yield return [.. query[..12], 0x88, 0x64, 0x11, 0, 0, 7, 0, (byte)(query.Length - 12), 0, 0x21, .. query[14..]];
        yield return [.. query[..12], 0x88, 0x47, 0, 0, 0x10, 64, 0, 0, 0x11, 64, .. query[14..]];
        byte[] udp = [0x15, 0xB3, 0, 53, 0, 12, 0, 0, 1, 2, 3, 4];
        yield return [.. query[..12], 0x86, 0xDD, 0x60, 0, 0, 0, 0, 20, 44, 64, .. new byte[31], 1, 17, 0, 0, 0, 0, 0, 0, 9, .. udp];
        yield return [.. query[..12], 0x86, 0xDD, 0x60, 0, 0, 0, 0, 28, 0, 64, .. new byte[31], 1, 60, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0, .. udp];
        yield return [.. query[..12], 8, 0, .. IcmpError(query[14..])];
        yield return [.. query[..20], 0x20, 0, .. query[22..]]; // A first fragment.
    }

    private static byte[] IcmpError(byte[] quoted) =>
        [0x45, 0, 0, (byte)(28 + quoted.Length), 0, 0, 0, 0, 64, 1, 0, 0, 198, 51, 100, 10, 203, 0, 113, 1, 3, 1, 0, 0, 0, 0, 0, 0, .. quoted];
}
