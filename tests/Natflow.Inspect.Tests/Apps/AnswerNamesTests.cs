using System.Buffers.Binary;
using System.Text;
using Natflow.Core;
using Natflow.Inspect.Apps;
using Natflow.Inspect.Observe;

namespace Natflow.Inspect.Tests.Apps;

public sealed class AnswerNamesTests
{
    private const long Second = 1_000_000_000;

    private static readonly FlowEnds Flow = new(FlowEnds.Map(0x0100000A), FlowEnds.Map(0x01010101), 40000, 443, IpProtocol.Tcp, IsIpv6: false, Zone: 0);

    [Fact]
    public void TryFind_AnAnsweredAddress_GivesTheNameToItsUserAlone()
    {
        using var names = new AnswerNames(users: 4, seed: 1);
        Learn(names, Flow, "www.example.com", 300, [Flow.Server]);
        Assert.True(names.TryFind(Flow, 299 * Second, out ReadOnlySpan<byte> name));
        Assert.Equal("www.example.com", Encoding.ASCII.GetString(name));
        Assert.False(names.TryFind(Flow with { Client = FlowEnds.Map(0x0200000A) }, Second, out _));
        Assert.False(names.TryFind(Flow with { Server = FlowEnds.Map(0x02020202) }, Second, out _));
        Assert.False(names.TryFind(Flow with { Zone = 1 }, Second, out _));
        Assert.False(names.TryFind(Flow, 301 * Second, out _));
    }

    [Fact]
    public void Learn_TheSameAddress_KeepsTheLastName()
    {
        using var names = new AnswerNames(users: 4, seed: 1);
        Learn(names, Flow, "a.example.com", 300, [Flow.Server]);
        Learn(names, Flow, "b.example.com", 300, [Flow.Server]);
        Assert.True(names.TryFind(Flow, Second, out ReadOnlySpan<byte> name));
        Assert.Equal("b.example.com", Encoding.ASCII.GetString(name));
        Assert.Equal(0ul, names.PushedOut);
    }

    [Fact]
    public void Learn_MoreThanAWindow_PushesOutItsOwn()
    {
        using var names = new AnswerNames(users: 1, seed: 1);
        for (uint i = 0; i < 1000; i++)
            Learn(names, Flow, "a.example.com", 300, [FlowEnds.Map(i)]);
        Assert.InRange(names.PushedOut, 1000ul - AnswerNames.NamesPerUser, 999ul);
    }

    [Fact]
    public void Learn_ANameTooLong_IsCounted()
    {
        using var names = new AnswerNames(users: 1, seed: 1);
        Learn(names, Flow, new string('a', 81), 300, [Flow.Server]);
        Assert.Equal((0ul, 1ul), (names.Learned, names.NotKept));
    }

    private static void Learn(AnswerNames names, FlowEnds ends, string name, uint ttlSeconds, Ipv6Address[] addresses)
    {
        var batch = new ObservationBatch(1, 4096);
        byte[] records = new byte[20 * addresses.Length];
        for (int i = 0; i < addresses.Length; i++)
        {
            addresses[i].Write(records.AsSpan(20 * i));
            BinaryPrimitives.WriteUInt32BigEndian(records.AsSpan((20 * i) + 16), ttlSeconds);
        }

        batch.TryAddText(Encoding.ASCII.GetBytes(name), out TextRange text);
        batch.TryAddText(records, out TextRange range);
        names.Learn(batch, new Observation { Kind = ObservationKind.DnsAnswer, Ends = ends, Name = text, Addresses = range });
    }
}
