using Natflow.Testing.Flows;

namespace Natflow.Conformance.Bench;

/// <summary>Compares what an ICMP error quotes with what a host really sent.</summary>
internal static class Quotes
{
    /// <summary>The quote is the packet as its sender knows it; TTL and header checksum changed on the way.</summary>
    internal static void AssertQuotes(byte[] sent, PacketView quote)
    {
        byte[] expected = PacketView.Of(sent).Bytes;
        int length = Math.Min(expected.Length, quote.Bytes.Length);
        Assert.True(length >= quote.HeaderBytes + 8, $"only {length} bytes are quoted");
        Assert.Equal(Masked(expected, length), Masked(quote.Bytes, length));
    }

    private static byte[] Masked(byte[] packet, int length)
    {
        byte[] bytes = packet[..length];
        bytes[8] = bytes[10] = bytes[11] = 0;
        return bytes;
    }
}
