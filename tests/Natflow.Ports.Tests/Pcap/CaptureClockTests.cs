using Natflow.Ports.Pcap;

namespace Natflow.Ports.Tests.Pcap;

public sealed class CaptureClockTests
{
    [Fact]
    public void AdvanceTo_LaterAndEarlier_NeverGoesBack()
    {
        var clock = new CaptureClock();
        Assert.Equal(0, clock.NowNs);

        clock.AdvanceTo(-5);
        Assert.Equal(0, clock.NowNs);
        clock.AdvanceTo(2_500_000_100);
        clock.AdvanceTo(2_500_000_000);

        Assert.Equal(2_500_000_100, clock.NowNs);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_700_000_000_123_456_700)]
    [InlineData(long.MaxValue)]
    public void TimeProvider_ShowsCapturedTime(long nowNs)
    {
        var clock = new CaptureClock();
        clock.AdvanceTo(nowNs);

        Assert.Equal(DateTimeOffset.UnixEpoch.AddTicks(nowNs / 100), clock.GetUtcNow());
        Assert.Equal(nowNs, clock.GetTimestamp());
        Assert.Equal(TimeSpan.FromSeconds(2), clock.GetElapsedTime(nowNs - 2_000_000_000));
    }

    [Fact]
    public void CreateTimer_IsRefused() =>
        Assert.Throws<NotSupportedException>(
            () => new CaptureClock().CreateTimer(static _ => { }, null, TimeSpan.Zero, TimeSpan.Zero));
}
