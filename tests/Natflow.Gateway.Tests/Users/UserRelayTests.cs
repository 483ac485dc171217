using Natflow.Flows.Users;
using Natflow.Gateway.Users;
using Natflow.Policy;
using Natflow.Policy.Auth;

namespace Natflow.Gateway.Tests.Users;

/// <summary>What is decided about a user at one node is so at another that takes its shard over.</summary>
public sealed class UserRelayTests
{
    private const string Web = "auth id=7,szone=0,type=web,sipgrp=all,ipwhite=,macwhite=";

    private static IpAddress Address => IpAddress.FromIpv4(PolicyRig.Alice);

    [Fact]
    public async Task HA_07_Login_SessionQuotaAndTotal_AreTheSameAtTheNextOwner()
    {
        using var owner = new PolicyRig(PolicyRig.Auth(Web));
        using var next = new PolicyRig(PolicyRig.Auth(Web));
        owner.Send(PolicyRig.Udp(PolicyRig.Alice));
        var limits = new PolicyLimits(1_000_000, 2_000_000, TimeSpan.FromMilliseconds(250));
        await owner.Turn(owner.Control.LogIn(new LoginRequest(Address, "anna", 3600, limits, VolumeBytesMax: 1_000_000, DeviceCountMax: 3)));
        UsersExport export = await owner.Turn(owner.Control.Export(new UsersExportRequest(0, 0)));

        next.Control.Adopt(export.Users);

        UserView before = Assert.Single((await owner.Turn(owner.Control.Page(new UserPageRequest(Address, 0, 10)))).Users);
        UserView after = Assert.Single((await next.Turn(next.Control.Page(new UserPageRequest(Address, 0, 10)))).Users);
        Assert.Equal((AuthStatus.Ok, "anna", limits), (after.Auth.Status, after.Login, after.Limits));
        Assert.Equal((before.VolumeBytesLeft, before.Total, before.SessionMsLeft), (after.VolumeBytesLeft, after.Total, after.SessionMsLeft));
    }

    [Fact]
    public async Task Export_SinceAVersion_HasOnlyWhatChanged()
    {
        using var rig = new PolicyRig(PolicyRig.Auth(Web));
        rig.Send(PolicyRig.Udp(PolicyRig.Alice));
        rig.Send(PolicyRig.Udp(PolicyRig.Bob));
        UsersExport all = await rig.Turn(rig.Control.Export(new UsersExportRequest(0, 0)));
        Assert.Equal(2, all.Users.Count);
        Assert.Empty((await rig.Turn(rig.Control.Export(new UsersExportRequest(all.Version, 0)))).Users);
        await rig.Turn(rig.Control.LogIn(new LoginRequest(Address, "", 0, PolicyLimits.None, 0, 0)));

        UsersExport changed = await rig.Turn(rig.Control.Export(new UsersExportRequest(all.Version, 0)));

        Assert.Equal(Address, Assert.Single(changed.Users).Addresses[0]);
    }

    [Fact]
    public async Task Adopt_KnownAddress_TakesThePlaceOfWhatWasKnown()
    {
        using var rig = new PolicyRig(PolicyRig.Auth(Web));
        rig.Send(PolicyRig.Udp(PolicyRig.Alice));
        await rig.Turn(rig.Control.LogIn(new LoginRequest(Address, "old", 3600, PolicyLimits.None, 0, 0)));
        KnownUser newer = Assert.Single((await rig.Turn(rig.Control.Export(new UsersExportRequest(0, 0)))).Users) with { Login = "new" };

        rig.Control.Adopt([newer]);

        Assert.Equal("new", Assert.Single((await rig.Turn(rig.Control.Page(new UserPageRequest(Address, 0, 10)))).Users).Login);
    }
}
