using System.Text;
using Natflow.Core;
using Natflow.Inspect.Build;
using Natflow.Inspect.Observe;
using Natflow.Testing;

namespace Natflow.Inspect.Tests.Tls;

/// <summary>A DTLS ClientHello in one datagram, in several, in any order, with holes, and among noise.</summary>
public sealed class DatagramHelloTests : IDisposable
{
    private const string Name = "media.example.org";

    private static readonly FlowEnds Ends = new(FlowEnds.Map(0x0A000001), FlowEnds.Map(0x01010101), 40_000, 443, IpProtocol.Udp, IsIpv6: false, Zone: 0);

    private readonly byte[] _hello = ClientHelloBuilder.Message(Encoding.ASCII.GetBytes(Name), keyShareBytes: 1220, isDatagram: true)[4..];
    private readonly Inspector _inspector = new(new InspectorSettings { FlowCapacity = 64, BufferBytes = 1 << 18, BatchCapacity = 64, BatchTextBytes = 1 << 16 });

    public void Dispose() => _inspector.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void OnUdp_FragmentsInAnyOrder_GiveTheNameOnce(int seed)
    {
        var prng = new Prng(seed);
        var pieces = new List<(int Offset, int Length)>();
        for (int at = 0; at < _hello.Length;)
        {
            int length = Math.Min(1 + prng.Next(500), _hello.Length - at);
            pieces.Add((at, length));
            at += length;
        }

        Assert.True(pieces.Count > 2, $"seed {seed}");
        for (int i = pieces.Count - 1; i > 0; i--)
        {
            int other = prng.Next(i + 1);
            (pieces[i], pieces[other]) = (pieces[other], pieces[i]);
        }

        for (int i = 0; i < pieces.Count; i++)
        {
            Assert.Empty(_inspector.Observations.Observations.ToArray());
            InspectOutcome outcome = _inspector.OnUdp(in Ends, Record(0, pieces[i].Offset, pieces[i].Length), i);
            Assert.Equal(i < pieces.Count - 1 ? InspectOutcome.Pending : InspectOutcome.Done, outcome);
        }

        Assert.Equal(Name, NameOf(Assert.Single(_inspector.Observations.Observations.ToArray())));
        Assert.Equal(0, _inspector.BufferedBytes);
    }

    [Fact]
    public void OnUdp_SeveralFragmentsInADatagram_GiveTheName()
    {
        _inspector.OnUdp(in Ends, Record(0, 900, _hello.Length - 900), 1);
        _inspector.OnUdp(in Ends, [.. Record(0, 0, 300), .. Record(0, 300, 600)], 2);
        Assert.Equal(Name, NameOf(Assert.Single(_inspector.Observations.Observations.ToArray())));
    }

    [Fact]
    public void OnUdp_AnotherMessage_BeginsAnew()
    {
        _inspector.OnUdp(in Ends, Record(0, 0, 300), 1);
        _inspector.OnUdp(in Ends, Record(1, 300, _hello.Length - 300), 2);
        Assert.Empty(_inspector.Observations.Observations.ToArray());
        _inspector.OnUdp(in Ends, Record(1, 0, 300), 3);
        Assert.Single(_inspector.Observations.Observations.ToArray());
    }

    [Fact]
    public void OnUdp_OneDatagram_NeedsNoState()
    {
        Assert.Equal(InspectOutcome.Done, _inspector.OnUdp(in Ends, Record(0, 0, _hello.Length), 1));
        Assert.Single(_inspector.Observations.Observations.ToArray());
        Assert.Equal(0, _inspector.FlowCount);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void OnUdp_MutatedFragments_StayWithinTheLimits(int seed)
    {
        var prng = new Prng(seed);
        for (int i = 0; i < 20_000; i++)
        {
            int offset = prng.Next(_hello.Length);
            byte[] datagram = Record((ushort)prng.Next(3), offset, 1 + prng.Next(_hello.Length - offset));
            for (int change = prng.Next(4); change > 0; change--)
                datagram[prng.Next(datagram.Length)] = (byte)prng.Next(256);
            FlowEnds ends = Ends with { ClientPort = (ushort)(1024 + prng.Next(200)) };
            _ = _inspector.OnUdp(in ends, datagram, i);
            Assert.InRange(_inspector.BufferedBytes, 0, 1 << 18);
            _inspector.Observations.Clear();
        }
    }

    private string NameOf(Observation observation) => Encoding.ASCII.GetString(_inspector.Observations.Text(observation.Name));

    private byte[] Record(ushort sequence, int offset, int length) =>
    [
        22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, (byte)((length + 12) >> 8), (byte)(length + 12),
        1, 0, (byte)(_hello.Length >> 8), (byte)_hello.Length, (byte)(sequence >> 8), (byte)sequence, 0, (byte)(offset >> 8), (byte)offset, 0, (byte)(length >> 8), (byte)length,
        .. _hello.AsSpan(offset, length),
    ];
}
