using System.Buffers.Binary;
using Natflow.Host.Live;
using Natflow.Testing;

namespace Natflow.Host.Tests.Live;

public sealed class PcpAnnouncerTests
{
    private readonly TestTime _time = new();
    private readonly List<(TimeSpan At, byte[] Message)> _sent = [];

    [Fact]
    public void Begin_NobodyInterferes_TenMessagesWithIntervalsThatDouble()
    {
        using PcpAnnouncer announcer = Make();

        announcer.Begin();
        _time.Advance(TimeSpan.FromHours(1));

        double[] expected = [0, 0.25, 0.75, 1.75, 3.75, 7.75, 15.75, 31.75, 63.75, 127.75];
        Assert.Equal(expected, _sent.Select(static one => one.At.TotalSeconds));
        Assert.All(_sent, static one =>
        {
            Assert.Equal(24, one.Message.Length);
            Assert.Equal([2, 0x80, 0, 0, 0, 0, 0, 0], one.Message[..8]);
            Assert.Equal((uint)one.At.TotalSeconds, BinaryPrimitives.ReadUInt32BigEndian(one.Message.AsSpan(8)));
        });
    }

    [Fact]
    public void Begin_Again_StartsTheEpochAnew()
    {
        using PcpAnnouncer announcer = Make();
        announcer.Begin();
        _time.Advance(TimeSpan.FromSeconds(20));
        _sent.Clear();

        announcer.Begin();
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(10, _sent.Count);
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32BigEndian(_sent[0].Message.AsSpan(8)));
        Assert.Equal(127u, BinaryPrimitives.ReadUInt32BigEndian(_sent[^1].Message.AsSpan(8)));
    }

    [Fact]
    public void Dispose_InTheMiddle_NothingIsSentAnyMore()
    {
        PcpAnnouncer announcer = Make();
        announcer.Begin();

        announcer.Dispose();
        announcer.Begin();
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Single(_sent);
    }

    private PcpAnnouncer Make()
    {
        long start = _time.GetTimestamp();
        return new PcpAnnouncer(message => _sent.Add((_time.GetElapsedTime(start), message)), _time);
    }
}
