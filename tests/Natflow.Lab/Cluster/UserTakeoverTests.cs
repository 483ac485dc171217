using System.Globalization;
using System.Net;
using System.Text.Json;
using Natflow.Host.Lab;
using Natflow.Host.Lab.Cluster;
using Natflow.Lab.Topology;

namespace Natflow.Lab.Cluster;

/// <summary>What was decided about a subscriber, and what it has used up, is so at the next gateway.</summary>
[Collection(AloneCollection.Name)]
public sealed class UserTakeoverTests
{
    private const string Subscriber = "10.0.0.180";
    private const int ServerPort = 7420;
    private const int DatagramBytes = 1000;
    private const int VolumeBytes = 200_000;
    private const int SentBefore = 100;
    private const string Config = $$"""
        natflow.sets { guests { entries = [ {{Subscriber}} ] }, all { entries = [ 10.0.0.0/24 ] } }
        natflow.auth { enabled = on, rules = [ { id = 1, zone = 0, type = web, sources = guests }, { id = 2, zone = 0, type = auto, sources = all } ] }

        """;

    private static readonly IPEndPoint Server = new(IPAddress.Parse(LabPlan.HostX), ServerPort);

    [LabFact("etcd")]
    public async Task HA_07_OwnerKilled_LoginLimitsAndPortStayAndTheQuotaGoesOn()
    {
        await using ClusterRig rig = await ClusterRig.Up(2, static options => options with { ExtraConfig = Config });
        new LabHostShell(rig.Lab.Names.A).Run($"ip addr add {Subscriber}/24 dev eth0");
        using var client = new UdpEndpoint(new LabHostShell(rig.Lab.Names.A), Subscriber);
        using var server = new UdpEndpoint(new LabHostShell(rig.Lab.Names.X), LabPlan.HostX, ServerPort);
        int owner = await LogIn(rig, client);
        string before = await Seen(client, server);
        for (int sent = 0; sent < SentBefore; sent++)
            client.Send(new byte[DatagramBytes], Server);
        await ClusterRig.Wait(TimeSpan.FromSeconds(4)); // What it has used is told each 2 s.
        int received = Count(server);

        rig.Lab.KillNode(owner);

        int other = 3 - owner;
        await rig.Until("the other owns every shard", maps => maps[other - 1] is { } map && map.Shards.All(shard => shard.Owner == ClusterLabPlan.Node(other)));
        await Until.Holds("the login at the other", () => User(rig, other) is { } user && user.GetProperty("login").GetString() == "anna");
        JsonElement after = User(rig, other)!.Value;
        Assert.Equal(("Ok", 8_000_000L, 4_000_000L), (after.GetProperty("status").GetString(), after.GetProperty("limitDown").GetInt64(), after.GetProperty("limitUp").GetInt64()));
        Assert.Equal(before, await Seen(client, server));
        received += await SendUntilTheQuotaIsUsedUp(client, server);
        Assert.InRange(received * DatagramBytes, (int)(VolumeBytes * 0.9), (int)(VolumeBytes * 1.3)); // Once for both gateways; a second look at it may come late.
        Assert.NotEqual("Ok", User(rig, other)!.Value.GetProperty("status").GetString());
    }

    // At the gateway that has the subscriber's shard: the other does not know it.
    private static async Task<int> LogIn(ClusterRig rig, UdpEndpoint client)
    {
        int owner = 0;
        await Until.Holds("a subscriber that must log in", () =>
        {
            client.Send(new byte[DatagramBytes], Server);
            owner = rig.Lab.Nodes.FirstOrDefault(node => User(rig, node) is { } user && user.GetProperty("status").GetString() == "Required");
            return owner != 0;
        });
        Assert.True(await rig.Control(owner).Post($"/v1/users/login?address={Subscriber}&login=anna&seconds=3600", CancellationToken.None));
        Assert.True(await rig.Control(owner).Post(
            string.Create(CultureInfo.InvariantCulture, $"/v1/users/session?address={Subscriber}&volume={VolumeBytes}&down=8000000&up=4000000"), CancellationToken.None));
        return owner;
    }

    // How the server sees the subscriber; datagrams may get lost.
    private static async Task<string> Seen(UdpEndpoint client, UdpEndpoint server)
    {
        string from = string.Empty;
        await Until.Holds("a datagram", () =>
        {
            client.Send([1], Server);
            while (!server.IsQuiet)
                from = server.Receive().From.ToString();
            return from.Length != 0;
        });
        return from;
    }

    private static async Task<int> SendUntilTheQuotaIsUsedUp(UdpEndpoint client, UdpEndpoint server)
    {
        int received = 0;
        int quiet = 0;
        for (int turn = 0; turn < 10 * VolumeBytes / DatagramBytes && quiet < 40; turn++)
        {
            client.Send(new byte[DatagramBytes], Server);
            await ClusterRig.Wait(TimeSpan.FromMilliseconds(30));
            int come = Count(server);
            received += come;
            quiet = come == 0 ? quiet + 1 : 0;
        }

        return received;
    }

    private static int Count(UdpEndpoint server)
    {
        int count = 0;
        for (; !server.IsQuiet; count++)
            server.Receive();
        return count;
    }

    private static JsonElement? User(ClusterRig rig, int node) =>
        rig.Control(node).Get($"/v1/users?address={Subscriber}", CancellationToken.None).GetAwaiter().GetResult() is { } text
        && JsonDocument.Parse(text).RootElement.GetProperty("users") is { } users && users.GetArrayLength() == 1
            ? users[0]
            : null;
}
