using System.Text;
using Natflow.Inspect.Dns;
using Natflow.Inspect.Observe;
using Natflow.Inspect.Tests.Observe;
using Natflow.Testing;

namespace Natflow.Inspect.Tests.Dns;

public sealed class DnsTests
{
    private static readonly byte[] Query = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. Name("www", "Example", "org"), 0, 1, 0, 1];

    [Fact]
    public void OnUdp_Query_GivesTheQuestion()
    {
        using var rig = new Rig();
        Assert.Equal(InspectOutcome.Pending, rig.SendUdp(Query, port: 53));
        Assert.Equal(["Dns www.Example.org"], rig.Seen);
    }

    [Fact]
    public void OnUdp_SeveralQuestions_AreAllGiven()
    {
        using var rig = new Rig();
        rig.SendUdp([0, 1, 1, 0, 0, 3, 0, 0, 0, 0, 0, 0, .. Name("a"), 0, 1, 0, 1, .. Name(), 0, 2, 0, 1, 0xC0, 12, 0, 1, 0, 1], port: 53);
        Assert.Equal(["Dns a", "Dns ."], rig.Seen);
        Assert.Equal(1u, rig.Inspector.Counters.DnsMalformed);
    }

    [Fact]
    public void OnUdp_NameWithOddBytes_IsEscaped()
    {
        using var rig = new Rig();
        rig.SendUdp([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. Name("a.b", "\\\u0001 \u00E9"), 0, 1, 0, 1], port: 53);
        Assert.Equal([@"Dns a\x2eb.\x5c\x01\x20\xe9"], rig.Seen);
    }

    [Theory]
    [InlineData(0x84)] // A response.
    [InlineData(0x28)] // An update.
    public void OnUdp_NoQuery_GivesNothing(byte flags)
    {
        using var rig = new Rig();
        byte[] message = (byte[])Query.Clone();
        message[2] = flags;
        rig.SendUdp(message, port: 53);
        Assert.Empty(rig.Seen);
    }

    [Fact]
    public void OnTcp_MessagesOverSegments_AreAllRead()
    {
        using var rig = new Rig();
        byte[] stream = [0, (byte)Query.Length, .. Query, 0, (byte)Query.Length, .. Query];
        rig.Open(port: 53);
        for (int i = 0; i < stream.Length; i++)
            rig.Send((uint)(1000 + i), stream.AsSpan(i, 1), port: 53);
        Assert.Equal(["Dns www.Example.org", "Dns www.Example.org"], rig.Seen);
    }

    [Fact]
    public void OnUdp_Answer_GivesTheAddresses()
    {
        using var rig = new Rig(new InspectorSettings { FlowCapacity = 16, BufferBytes = 1 << 16 });
        byte[] answer =
        [
            0x12, 0x34, 0x81, 0x80, 0, 1, 0, 3, 0, 0, 0, 0, .. Name("a", "example"), 0, 1, 0, 1,
            0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 4, 1, (byte)'b', 0xC0, 14,
            0xC0, 40, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7,
            0xC0, 40, 0, 28, 0, 1, 0, 0, 1, 0, 0, 16, 0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
        ];
        rig.Inspector.OnUdp(Rig.Ends(port: 53, protocol: 17).Reversed, answer, 0);
        Observation seen = rig.Inspector.Observations.Observations[0];
        Assert.Equal((ObservationKind.DnsAnswer, (ushort)53), (seen.Kind, seen.Ends.ServerPort));
        Assert.Equal("a.example", Encoding.ASCII.GetString(rig.Inspector.Observations.Text(seen.Name)));
        Assert.Equal(
            "00000000000000000000ffffc00002070000003c" + "20010db800000000000000000000000100000100",
            Convert.ToHexStringLower(rig.Inspector.Observations.Text(seen.Addresses)));
    }

    [Fact]
    public void TryReadQuestion_AnyPrefix_IsRefused()
    {
        byte[] text = new byte[DnsMessageReader.NameTextMax];
        for (int length = 0; length < Query.Length; length++)
            Assert.False(new DnsMessageReader(Query.AsSpan(0, length)).TryReadQuestion(text, out _, out _));
    }

    [Fact]
    public void TryReadQuestion_NameOfTheGreatestLength_FitsTheText()
    {
        byte[] label = [63, .. Enumerable.Repeat((byte)1, 63)];
        byte[] message = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. Enumerable.Repeat(label, 20).SelectMany(static bytes => bytes), 0, 0, 1, 0, 1];
        Assert.False(new DnsMessageReader(message).TryReadQuestion(new byte[DnsMessageReader.NameTextMax], out _, out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void OnUdp_RandomAndMutatedBytes_NeverFail(int seed)
    {
        var prng = new Prng(seed);
        using var rig = new Rig(new InspectorSettings { FlowCapacity = 16, BufferBytes = 1 << 16 });
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = round % 2 == 0 ? (byte[])Query.Clone() : new byte[prng.Next(80)];
            if (round % 2 == 1) prng.NextBytes(bytes);
            else bytes[prng.Next(bytes.Length)] = (byte)prng.NextULong();
            rig.SendUdp(bytes, port: 53);
            rig.Inspector.Observations.Clear();
        }

        Assert.True(rig.Inspector.Counters.Observations > 1000);
    }

    private static byte[] Name(params string[] labels) =>
        [.. labels.SelectMany(static label => (byte[])[(byte)label.Length, .. Encoding.Latin1.GetBytes(label)]), 0];
}
