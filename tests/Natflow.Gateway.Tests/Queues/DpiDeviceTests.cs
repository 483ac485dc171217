using Natflow.Gateway.Inspection;
using Natflow.Gateway.Queues;
using Natflow.Gateway.Tests.Users;
using Natflow.Gateway.Users;
using Natflow.Packets.Build;
using Natflow.Policy.Control;

namespace Natflow.Gateway.Tests.Queues;

public sealed class DpiDeviceTests
{
    private static readonly InspectionSwitch NoApps = new(IsOn: false, LogsVisits: false, ReportsApps: false);

    [Fact]
    public async Task Write_EnableAndDisable_SwitchRecognition()
    {
        using var rig = new PolicyRig(inspects: true);
        using var device = new DpiDevice(rig.Plane.Plane, NoApps, new EventQueue(), ["payload"], "1.2.3");
        Assert.Contains("state=disabled\nenable=0\n", await rig.Turn(device.Dump()), StringComparison.Ordinal);
        SendDnsQuestion(rig, 5001);
        Assert.Equal(0ul, ValueOf(await rig.Turn(device.Dump()), "matches"));

        Assert.True((await rig.Turn(device.Write(["enable=1"], isWhole: false))).IsTaken);
        SendDnsQuestion(rig, 5002);
        string dump = await rig.Turn(device.Dump());
        Assert.Contains("state=enabled\nenable=1\n", dump, StringComparison.Ordinal);
        Assert.Equal(1ul, ValueOf(dump, "matches"));

        await rig.Turn(device.Write(["", "disable"], isWhole: true));
        SendDnsQuestion(rig, 5003);
        Assert.Equal(1ul, ValueOf(await rig.Turn(device.Dump()), "matches"));
    }

    [Fact]
    public async Task Write_UnknownLine_IsInvalidAndChangesNothing()
    {
        using var rig = new PolicyRig(inspects: true);
        using var device = new DpiDevice(rig.Plane.Plane, NoApps, new EventQueue(), [], "1.2.3");
        ControlLinesAnswer answer = await rig.Turn(device.Write(["enable=1", "enable=2"], isWhole: true));
        Assert.False(answer.IsTaken);
        Assert.Equal((2, ControlErrno.Invalid), (answer.Refused.Single().Number, answer.Refused.Single().Errno));
        Assert.Contains("state=disabled", await rig.Turn(device.Dump()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dump_MatchesAreTheSumOfWhatBecameOfTheirEvents()
    {
        using var rig = new PolicyRig(inspects: true);
        var queue = new EventQueue();
        using var device = new DpiDevice(rig.Plane.Plane, NoApps, queue, ["http", "tls"], "1.2.3");
        await rig.Turn(device.Write(["enable"], isWhole: false));
        queue.TryOpen();
        queue.SetCache(1);
        queue.Add([1], source: 2);
        queue.Add([2]);
        queue.Close();
        queue.Add([3]);
        string dump = await rig.Turn(device.Dump());
        Assert.Equal((1ul, 1ul, 1ul), (ValueOf(dump, "events"), ValueOf(dump, "events_suppressed"), ValueOf(dump, "events_lost")));
        Assert.Equal((0ul, 1ul), (ValueOf(dump, "events_http"), ValueOf(dump, "events_tls")));

        SendDnsQuestion(rig, 5001);
        await rig.Turn(device.Write(["events_clear"], isWhole: false));
        dump = await rig.Turn(device.Dump());
        Assert.Equal((0ul, 0ul, 0ul), (ValueOf(dump, "matches"), ValueOf(dump, "events"), ValueOf(dump, "events_lost")));
        Assert.Contains("state=enabled", dump, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_Configuration_TakesThePlaceOfWhatWasWritten()
    {
        using var rig = new PolicyRig(inspects: true);
        using var device = new DpiDevice(rig.Plane.Plane, NoApps, new EventQueue(), [], "1.2.3");
        await rig.Turn(device.Write(["enable"], isWhole: false));
        Task applied = device.Apply(NoApps);
        await rig.Turn(applied.ContinueWith(static done => done.IsCompletedSuccessfully, TaskScheduler.Default));
        Assert.Contains("state=disabled", await rig.Turn(device.Dump()), StringComparison.Ordinal);
    }

    private static void SendDnsQuestion(PolicyRig rig, ushort port)
    {
        byte[] question = [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7, .. "example"u8, 3, .. "org"u8, 0, 0, 1, 0, 1];
        rig.Send(PacketBuilder.Ethernet(source: PolicyRig.Mac).Ipv4(PolicyRig.Alice, Frames.Server).Udp(port, 53).Payload(question).ToArray());
    }

    private static ulong ValueOf(string dump, string key)
    {
        string line = dump.Split('\n').Single(line => line.StartsWith($"{key}=", StringComparison.Ordinal));
        return ulong.Parse(line[(key.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }
}
