using Natflow.Gateway.Users;
using Natflow.Policy.Control;

namespace Natflow.Gateway.Tests.Users;

/// <summary>Rules meter and mark the flows that they match, whoever's they are.</summary>
public sealed class QosPolicyTests
{
    private const ushort RulePort = 4000;
    private const ushort OtherPort = 4001;

    [Fact]
    public async Task Rule_OfTwoUsers_SharesOneBucket_AndLeavesOtherFlowsAlone()
    {
        using var rig = new PolicyRig();
        await Write(rig, "add user=,remote_port=4000,proto=udp,rxbytes=0,txbytes=1000");
        int alice = Passed(rig, PolicyRig.Alice, RulePort);
        int bob = Passed(rig, PolicyRig.Bob, RulePort);
        Assert.InRange(alice, 1, 3);
        Assert.Equal(0, bob);
        Assert.Equal(20, Passed(rig, PolicyRig.Bob, OtherPort));
    }

    [Fact]
    public async Task Rule_DatagramsWithoutPayload_AreChargedTheirHeaders()
    {
        using var rig = new PolicyRig();
        await Write(rig, "add user=,rxbytes=0,txbytes=1000");
        int passed = 0;
        for (int i = 0; i < 50; i++)
            passed += rig.Send(PolicyRig.Udp(PolicyRig.Alice, payloadBytes: 0)).Wan.Count;
        Assert.InRange(passed, 5, 10); // 250 bytes of burst, 28 bytes each.
    }

    [Fact]
    public async Task Rule_FirstMatch_Decides()
    {
        using var rig = new PolicyRig();
        await Write(rig, "add user=10.0.0.1,rxbytes=0,txbytes=0", "add user=,rxbytes=0,txbytes=1000");
        Assert.Equal(20, Passed(rig, PolicyRig.Alice, RulePort));
        Assert.InRange(Passed(rig, PolicyRig.Bob, RulePort), 1, 3);
    }

    [Fact]
    public async Task Rule_OfIpv6_NeverMatchesIpv4()
    {
        using var rig = new PolicyRig();
        await Write(rig, "add user=::/0,rxbytes=1000,txbytes=1000");
        Assert.Equal(20, Passed(rig, PolicyRig.Alice, RulePort));
    }

    [Fact]
    public async Task Rule_AddedLater_HoldsForALivingFlow()
    {
        using var rig = new PolicyRig();
        Assert.Equal(20, Passed(rig, PolicyRig.Alice, RulePort));
        await Write(rig, "add user=,rxbytes=0,txbytes=1000");
        Assert.InRange(Passed(rig, PolicyRig.Alice, RulePort), 0, 3);
        await Write(rig, "clear");
        Assert.Equal(20, Passed(rig, PolicyRig.Alice, RulePort));
    }

    [Fact]
    public async Task Rule_AndUserLimit_BothHold()
    {
        using var rig = new PolicyRig();
        Assert.Equal(20, Passed(rig, PolicyRig.Alice, OtherPort));
        await Write(rig, "add user=,remote_port=4000,proto=udp,rxbytes=0,txbytes=100000000");
        await rig.Turn(rig.Control.Do(new UserCommand(UserCommandKind.SetRates, Policy.IpAddress.FromIpv4(PolicyRig.Alice), RxBytesPerSecond: 0, TxBytesPerSecond: 1000)));
        Assert.InRange(Passed(rig, PolicyRig.Alice, RulePort), 1, 3);
    }

    [Fact]
    public async Task MarkMode_WritesTheClassOfEachDirection_AndLimitsNothing()
    {
        using var rig = new PolicyRig();
        await Write(rig, "tc_classid_mode=1", "add user=10.0.0.2,rxbytes=1000,txbytes=1000", "add user=10.0.0.1,rxbytes=1000,txbytes=1000");
        byte[] sent = rig.Send(PolicyRig.Udp(PolicyRig.Alice)).Wan[0];
        Assert.Equal(4, PolicyRig.DscpOf(sent));
        Assert.Equal(3, PolicyRig.DscpOf(Assert.Single(rig.Answer(PolicyRig.Reply(sent)))));
        Assert.Equal(20, Passed(rig, PolicyRig.Alice, RulePort));
    }

    [Fact]
    public async Task Dump_FedBack_GivesTheSameDump_AndABadLineChangesNothing()
    {
        using var rig = new PolicyRig();
        await Write(rig, "tc_classid_mode=1", "add user=10.0.0.0/24,user_port=,remote=2001:db8::/32,remote_port=443,proto=tcp,rxbytes=5,txbytes=6");
        string dump = await rig.Turn(rig.Control.Dump(ControlDevice.Qos, DumpFormat.Replayable));
        await Write(rig, dump.Split('\n'));
        Assert.Equal(dump, await rig.Turn(rig.Control.Dump(ControlDevice.Qos, DumpFormat.Replayable)));

        ControlLinesAnswer answer = await rig.Turn(rig.Control.Write(ControlDevice.Qos, ["clear", "add user=10.0.0.1/24"], isWhole: true));
        Assert.False(answer.IsTaken);
        Assert.Equal(2, Assert.Single(answer.Refused).Number);
        Assert.Equal(dump, await rig.Turn(rig.Control.Dump(ControlDevice.Qos, DumpFormat.Replayable)));
    }

    [Fact]
    public async Task UserListing_HasTheOriginalsFields()
    {
        using var rig = new PolicyRig(PolicyRig.Auth("auth id=3,szone=0,type=auto,sipgrp=all"));
        rig.Send(PolicyRig.Udp(PolicyRig.Alice));
        Assert.Equal("10.0.0.1,02:00:00:00:00:01,0x1,0x1,3,0,0:0,0:0,0:0,0:0,lan0\n", await rig.Turn(rig.Control.Dump(ControlDevice.UserInfo, DumpFormat.Original)));
    }

    private static async Task Write(PolicyRig rig, params string[] lines)
    {
        ControlLinesAnswer answer = await rig.Turn(rig.Control.Write(ControlDevice.Qos, lines, isWhole: true));
        Assert.Empty(answer.Refused);
    }

    // Twenty datagrams at once: what passes is the burst, a quarter of a second at the rate, and the one that overdraws it.
    private static int Passed(PolicyRig rig, uint source, ushort remotePort)
    {
        int passed = 0;
        for (int i = 0; i < 20; i++)
            passed += rig.Send(PolicyRig.Udp(source, remotePort: remotePort, payloadBytes: 1000)).Wan.Count;
        return passed;
    }
}
