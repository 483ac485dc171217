using Natflow.Core;
using Natflow.Inspect.Apps;
using Natflow.Inspect.Observe;

namespace Natflow.Inspect.Tests.Apps;

public sealed class AppEventTests
{
    private static readonly FlowEnds Ends = new(FlowEnds.Map(0x0A01A8C0), FlowEnds.Map(0x01010101), 40000, 443, IpProtocol.Tcp, IsIpv6: false, Zone: 0);

    [Fact]
    public void Write_AnEvent_HasTheOriginalsBytes()
    {
        byte[] record = new byte[AppEventV3.RecordBytes];
        var appEvent = new AppEvent(Ends, 70_000_000_000, 0x1002, 11, AppSource.Tls, IsFromReply: true);
        Assert.Equal(78, AppEventV3.Write(appEvent, revision: 3, bootNs: 10_000_000_000, record));
        string expected = "0300" + "4e00" + "4e00" + "0200" + "3c00000000000000" + "06" + "00" + "01" + "00" + "0600" + "409c" + "bb01"
            + "c0a8010a" + new string('0', 24) + "01010101" + new string('0', 24) + "03000000" + "02100000" + "0b000000" + "00000000" + "02000000";
        Assert.Equal(expected, Convert.ToHexString(record).ToLowerInvariant());
        Assert.Equal(0, AppEventV3.Write(appEvent, 3, 0, record.AsSpan(1)));
    }

    [Fact]
    public void Write_AnIpv6Event_HasFamily10()
    {
        byte[] record = new byte[AppEventV3.RecordBytes];
        Assert.True(Ipv6Address.TryParse("2001:db8::1", out Ipv6Address address));
        AppEventV3.Write(new AppEvent(new FlowEnds(address, address, 1, 2, IpProtocol.Udp, IsIpv6: true, 0), 0, 1, 1, AppSource.Dns, IsFromReply: false), 3, 0, record);
        Assert.Equal("0a00", Convert.ToHexString(record, 6, 2).ToLowerInvariant());
        Assert.Equal("20010db8000000000000000000000001", Convert.ToHexString(record, 26, 16).ToLowerInvariant());
    }

    [Fact]
    public void Add_WithoutReaderOrRoom_IsCounted()
    {
        var queue = new AppEventQueue(4);
        var appEvent = new AppEvent(Ends, 0, 1, 1, AppSource.Dns, IsFromReply: false);
        queue.Add(appEvent);
        queue.SetLimit(2);
        for (ushort i = 1; i <= 3; i++)
            queue.Add(appEvent with { AppId = i });
        Assert.Equal((2ul, 1ul, 1ul), (queue.Queued, queue.Suppressed, queue.Lost));
        queue.SetLimit(1);
        Assert.True(queue.TryTake(out AppEvent taken));
        Assert.Equal(2, taken.AppId);
        Assert.False(queue.TryTake(out _));
    }
}
