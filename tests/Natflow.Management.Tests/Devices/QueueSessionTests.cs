using System.Net.Sockets;
using System.Text;

namespace Natflow.Management.Tests.Devices;

public sealed class QueueSessionTests
{
    private const string Device = "natflow_dpi_queue";

    [Fact]
    public async Task Reader_SaysCache_GetsRecordsByteForByte()
    {
        await using ControlRig rig = await ControlRig.Start(hasUsers: true);
        rig.Queues.Dpi.Add([9]); // Before anybody reads: gone.
        using Socket reader = await rig.Open(Device);
        await reader.SendAsync("cache=10\n"u8.ToArray());
        await rig.Until(() => rig.Queues.Dpi.IsWanted);
        byte[] first = [.. Enumerable.Range(0, 78).Select(static i => (byte)i)];
        byte[] second = [3, 0, 255];
        rig.Queues.Dpi.Add(first);
        rig.Queues.Dpi.Add(second);
        byte[] received = await ControlRig.Receive(reader, first.Length + second.Length);
        Assert.Equal((byte[])[.. first, .. second], received);
    }

    [Fact]
    public async Task SecondReader_IsBusyUntilTheFirstHasGone()
    {
        await using ControlRig rig = await ControlRig.Start(hasUsers: true);
        Socket first = await rig.Open(Device);
        await first.SendAsync("cache=1\n"u8.ToArray());
        await rig.Until(() => rig.Queues.Dpi.IsWanted);
        using (Socket second = await rig.Open(Device))
        {
            Assert.Equal("EBUSY\n", await ControlRig.ReadToEnd(second));
        }

        first.Dispose();
        await rig.Until(() => !rig.Queues.Dpi.IsWanted);
        using Socket third = await rig.Open(Device);
        await third.SendAsync("cache=1\n"u8.ToArray());
        await rig.Until(() => rig.Queues.Dpi.IsWanted);
    }

    [Fact]
    public async Task Reader_ThatClosedItsSendingSide_ReadsOn()
    {
        await using ControlRig rig = await ControlRig.Start(hasUsers: true);
        using Socket reader = await rig.Open(Device);
        await reader.SendAsync("cache=5\n"u8.ToArray());
        reader.Shutdown(SocketShutdown.Send);
        await rig.Until(() => rig.Queues.Dpi.IsWanted);
        rig.Queues.Dpi.Add([1, 2]);
        byte[] received = await ControlRig.Receive(reader, 2);
        Assert.Equal((byte[])[1, 2], received);
    }

    [Theory]
    [InlineData("cache=")]
    [InlineData("cache=-1")]
    [InlineData("cache=4294967296")]
    [InlineData("enable=1")]
    public async Task Reader_OtherLine_IsInvalidAndTheReaderStays(string line)
    {
        await using ControlRig rig = await ControlRig.Start(hasUsers: true);
        using Socket reader = await rig.Open(Device);
        await reader.SendAsync(Encoding.ASCII.GetBytes($"{line}\ncache=+2\n"));
        byte[] answer = await ControlRig.Receive(reader, 7);
        Assert.Equal("EINVAL\n", Encoding.ASCII.GetString(answer));
        await rig.Until(() => rig.Queues.Dpi.IsWanted);
    }

    [Fact]
    public async Task UserQueue_WhatIsDecidedOfAUser_IsARecord()
    {
        await using ControlRig rig = await ControlRig.Start(flowCount: 1, hasUsers: true);
        using Socket reader = await rig.Open("natflow_userinfo_queue");
        await reader.SendAsync("cache=100\n"u8.ToArray());
        await rig.Until(() => rig.Queues.UserInfo.IsWanted);
        await rig.UserIsSeen();
        using Socket writer = await rig.Open("natflow_userinfo_ctl");
        await writer.SendAsync(Encoding.ASCII.GetBytes($"set-status {rig.User} 6\n"));
        byte[] record;
        do
        {
            record = await ControlRig.Receive(reader, 102); // Perhaps that it was seen comes first.
        }
        while (record[35] != 6);

        Assert.Equal((3, 102, 102, 2), (record[0], record[2], record[4], record[6]));
        Assert.Equal(rig.User, new System.Net.IPAddress(record.AsSpan(12, 4)).ToString());
        Assert.Equal("lan0", Encoding.ASCII.GetString(record, 86, 4));
    }
}
