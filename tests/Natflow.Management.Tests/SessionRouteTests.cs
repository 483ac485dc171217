using System.Net;

namespace Natflow.Management.Tests;

public sealed class SessionRouteTests
{
    [Fact]
    public async Task Session_RunningOne_GetsTheLimitsThatAreNamed()
    {
        await using ControlRig rig = await ControlRig.Start(flowCount: 1, hasUsers: true);
        await rig.UserIsSeen();
        Assert.Equal(HttpStatusCode.BadRequest, await Post(rig, "/v1/users/session?seconds=60")); // There is no session yet.
        await rig.RequireLogin();
        Assert.Equal(HttpStatusCode.OK, await Post(rig, "/v1/users/login?login=alice&seconds=3600"));
        Assert.Equal(HttpStatusCode.OK, await Post(rig, "/v1/users/session?seconds=60&volume=5000&devices=2&down=10000000&up=5000000"));
        Gateway.Users.UserView user = await rig.UserIsSeen();
        Assert.InRange(user.SessionMsLeft!.Value, 1, 60_000);
        Assert.Equal(5000ul, user.VolumeBytesLeft);
        Assert.Equal((5_000_000L, 10_000_000L), (user.Limits.UpBitsPerSecond, user.Limits.DownBitsPerSecond));

        Assert.Equal(HttpStatusCode.OK, await Post(rig, "/v1/users/session?seconds=0")); // What is not named stays.
        user = await rig.UserIsSeen();
        Assert.Null(user.SessionMsLeft);
        Assert.Equal((5000ul, 10_000_000L), (user.VolumeBytesLeft, user.Limits.DownBitsPerSecond));
    }

    [Theory]
    [InlineData("")]
    [InlineData("&seconds=-1")]
    [InlineData("&seconds=316224000001")]
    [InlineData("&seconds=1x")]
    [InlineData("&devices=65536")]
    [InlineData("&volume=1.5")]
    [InlineData("&down=1000000")]
    [InlineData("&down=1&up=1")]
    public async Task Session_BadNumbers_AreRefusedAndNothingIsChanged(string query)
    {
        await using ControlRig rig = await ControlRig.Start(flowCount: 1, hasUsers: true);
        await rig.UserIsSeen();
        await rig.RequireLogin();
        Assert.Equal(HttpStatusCode.OK, await Post(rig, "/v1/users/login?seconds=3600"));
        Assert.Equal(HttpStatusCode.BadRequest, await Post(rig, $"/v1/users/session?{query}"));
        Gateway.Users.UserView user = await rig.UserIsSeen();
        Assert.InRange(user.SessionMsLeft!.Value, 3_000_000, 3_600_000);
        Assert.Null(user.VolumeBytesLeft);
        Assert.Equal(0, user.Limits.DownBitsPerSecond);
    }

    [Fact]
    public async Task Session_NobodysAddress_IsNotFound()
    {
        await using ControlRig rig = await ControlRig.Start(hasUsers: true);
        using HttpResponseMessage answer = await rig.Http.PostAsync("/v1/users/session?seconds=5&address=10.9.9.9", content: null);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        using HttpResponseMessage none = await rig.Http.PostAsync("/v1/users/session?seconds=5&address=ten", content: null);
        Assert.Equal(HttpStatusCode.BadRequest, none.StatusCode);
    }

    private static async Task<HttpStatusCode> Post(ControlRig rig, string path)
    {
        using HttpResponseMessage answer = await rig.Http.PostAsync($"{path}&address={rig.User}", content: null);
        return answer.StatusCode;
    }
}
