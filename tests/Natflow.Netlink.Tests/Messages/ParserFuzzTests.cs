using Natflow.Netlink.Messages;
using Natflow.Netlink.Model;
using Natflow.Netlink.Watch;
using Natflow.Testing;

namespace Natflow.Netlink.Tests.Messages;

public sealed class ParserFuzzTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Apply_MutatedMessages_NeverThrow(int seed)
    {
        var prng = new Prng(seed);
        var builder = new ModelBuilder();
        int publications = 0;
        for (int step = 0; step < 20_000; step++)
        {
            byte[] message = Mutate(prng, RealMessages.All[prng.Next(RealMessages.All.Length)]);
            var reader = new MessageReader(message);
            while (reader.TryNext(out NetlinkHeader header, out ReadOnlySpan<byte> payload))
            {
                builder.Apply(header, payload);
                _ = ErrorParser.TryParse(header, payload, out _, out _);
            }

            if (step % 1000 == 0 && builder.Publish() is { } published)
            {
                publications++;
                Assert.Equal(published.Model.Routes.All.Count(), published.Model.Routes.Count);
            }
        }

        Assert.True(publications > 10, "the mutations leave messages that are understood");
        Assert.True(builder.MalformedCount > 1000, "the mutations make messages that are not");
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Parse_RandomBytes_NeverThrows(int seed)
    {
        var prng = new Prng(seed);
        byte[] bytes = new byte[256];
        int[] outcomes = new int[3];
        for (int step = 0; step < 50_000; step++)
        {
            Span<byte> payload = bytes.AsSpan(0, prng.Next(bytes.Length));
            prng.NextBytes(payload);
            if (payload.Length > 0) payload[0] = (byte)(prng.Next(2) == 0 ? 2 : 10);
            outcomes[(int)LinkParser.Parse(payload, out _)]++;
            outcomes[(int)AddressParser.Parse(payload, out _)]++;
            outcomes[(int)NeighbourParser.Parse(payload, out _)]++;
            outcomes[(int)RouteParser.Parse(payload, out _, out _)]++;
            _ = NextHopParser.TryReadMultipath(payload, out _);
        }

        Assert.True(outcomes[(int)ParseStatus.Ignored] > 0 && outcomes[(int)ParseStatus.Malformed] > 0);
    }

    [Fact]
    public void Parse_EachTruncation_IsMalformedOrReadWithoutTheRest()
    {
        foreach (byte[] message in RealMessages.All)
        {
            for (int length = 0; length < message.Length; length++)
            {
                var reader = new MessageReader(message.AsSpan(0, length));
                Assert.False(reader.TryNext(out _, out _));
                Assert.Equal(length != 0, reader.IsMalformed);
                ReadOnlySpan<byte> payload = message.AsSpan(Math.Min(NetlinkHeader.SizeBytes, length)..length);
                _ = RouteParser.Parse(payload, out _, out RouteTarget? _);
                _ = LinkParser.Parse(payload, out _);
                _ = AddressParser.Parse(payload, out _);
                _ = NeighbourParser.Parse(payload, out _);
            }
        }
    }

    // Bytes flipped, lengths of messages and attributes among them; the message's own length is often repaired, so that parsers see the rest.
    private static byte[] Mutate(Prng prng, byte[] message)
    {
        byte[] copy = prng.Next(4) == 0 ? message[..(NetlinkHeader.SizeBytes + prng.Next(message.Length - NetlinkHeader.SizeBytes))] : [.. message];
        for (int flips = prng.Next(6); flips > 0; flips--)
            copy[prng.Next(copy.Length)] = (byte)prng.NextULong();
        if (prng.Next(4) != 0) BitConverter.TryWriteBytes(copy, copy.Length);
        return copy;
    }
}
