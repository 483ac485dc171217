using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Natflow.Host.Lab;
using Natflow.Host.Lab.Cluster;
using Natflow.Lab.Topology;
using Xunit.Abstractions;

namespace Natflow.Lab.Cluster;

/// <summary>
/// The journal's PostgreSQL goes, while gateways forward and decide, and comes back: nobody waits for it, nothing is lost, and after the death of a gateway another
/// one knows who had what. NATFLOW_LONG=1 lets it be away for a minute.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class DatabaseTests(ITestOutputHelper output)
{
    private const int ServerPort = 7410;
    private const string Early = "10.0.0.170";
    private const string Late = "10.0.0.171";

    private static readonly TimeSpan Away = TimeSpan.FromSeconds(Environment.GetEnvironmentVariable("NATFLOW_LONG") == "1" ? 60 : 3);
    private static readonly TimeSpan GapMax = TimeSpan.FromSeconds(1);

    [LabFact("etcd", "postgres")]
    public async Task HA_07_DatabaseGoneThenOwnerKilled_ForwardingGoesOnAndEverybodyIsOnRecord()
    {
        await using ClusterRig rig = await Up();
        using var server = new UdpEndpoint(new LabHostShell(rig.Lab.Names.X), LabPlan.HostX, ServerPort);
        string early = await Seen(rig, server, Early);
        string late = await LoseDatabase(rig, server);
        int owner = await rig.Owner();
        await Answers(rig, owner, early, late);

        rig.Lab.KillNode(owner);
        int other = 3 - owner;
        await rig.Until("the other owns every shard", maps => maps[other - 1] is { } map && map.Shards.All(shard => shard.Owner == ClusterLabPlan.Node(other)));
        await Answers(rig, other, early, late);
        Assert.Equal(late, await Seen(rig, server, Late)); // Its block, and its port, are what they were.
        Assert.Contains("\"findings\":[]", Verify(rig, other), StringComparison.Ordinal);
    }

    private static async Task<ClusterRig> Up()
    {
        ClusterRig rig = await ClusterRig.Up(2, static options => options with { HasDatabase = true });
        foreach (string address in new[] { Early, Late })
            new LabHostShell(rig.Lab.Names.A).Run($"ip addr add {address}/24 dev eth0");
        return rig;
    }

    // Kills the database, lets a subscriber come meanwhile, and has it back: how that one was seen.
    private async Task<string> LoseDatabase(ClusterRig rig, UdpEndpoint server)
    {
        int forwarded = rig.Frames.Count;
        long gone = TimeProvider.System.GetTimestamp();
        rig.Lab.KillDatabase();
        string late = await Seen(rig, server, Late); // Its port block is decided while nobody can store it.
        await Until.Holds("events in the spill files", () => rig.Lab.Nodes.Any(node => Journal(rig, node).GetProperty("isSpilling").GetBoolean()));
        await ClusterRig.Wait(Away);
        await rig.Forwards();
        output.WriteLine($"away for {TimeProvider.System.GetElapsedTime(gone).TotalSeconds:0} s, longest time without forwarding {rig.Frames.LongestGap().TotalMilliseconds:0} ms, {rig.Frames.Count - forwarded} frames");
        Assert.InRange(rig.Frames.LongestGap(), TimeSpan.Zero, GapMax);
        await rig.Lab.StartDatabase(CancellationToken.None);
        await Until.Holds("all events in the store", () => rig.Lab.Nodes.All(node => IsStored(Journal(rig, node))));
        return late;
    }

    private static bool IsStored(JsonElement journal) =>
        !journal.GetProperty("isSpilling").GetBoolean() && journal.GetProperty("waiting").GetInt32() == 0 && journal.GetProperty("spillBytes").GetInt64() == 0
        && journal.GetProperty("lost").GetInt64() == 0;

    // Datagrams may get lost: asked until one comes.
    private static async Task<string> Seen(ClusterRig rig, UdpEndpoint server, string address)
    {
        using var client = new UdpEndpoint(new LabHostShell(rig.Lab.Names.A), address, port: 4500);
        string from = string.Empty;
        await Until.Holds($"a datagram of {address}", () =>
        {
            client.Send(Encoding.ASCII.GetBytes(address), new IPEndPoint(IPAddress.Parse(LabPlan.HostX), ServerPort));
            while (!server.IsQuiet)
            {
                (byte[] text, IPEndPoint sender) = server.Receive();
                if (Encoding.ASCII.GetString(text) == address) // Those of another one may have waited on the way.
                    from = sender.ToString();
            }

            return from.Length != 0;
        });
        return from;
    }

    private static async Task Answers(ClusterRig rig, int node, string early, string late)
    {
        await Until.Holds($"{early} was {Early}'s", () => User(rig, node, early) == Early);
        await Until.Holds($"{late} was {Late}'s", () => User(rig, node, late) == Late);
    }

    private static string? User(ClusterRig rig, int node, string endpoint)
    {
        var at = IPEndPoint.Parse(endpoint);
        string? text = rig.Control(node).Get(string.Create(CultureInfo.InvariantCulture, $"/api/v1/audit/who?address={at.Address}&port={at.Port}"), CancellationToken.None).GetAwaiter().GetResult();
        return text is not null && JsonDocument.Parse(text).RootElement.TryGetProperty("user", out JsonElement user) ? user.GetString() : null;
    }

    private static JsonElement Journal(ClusterRig rig, int node) =>
        JsonDocument.Parse(rig.Control(node).Get("/v1/status", CancellationToken.None).GetAwaiter().GetResult()!).RootElement.GetProperty("journal");

    // PostgreSQL is in the gateways' network, and so is who looks.
    private static string Verify(ClusterRig rig, int node) => new LabHostShell(rig.Lab.Gateway(node)).Run(string.Create(
        CultureInfo.InvariantCulture, $"{string.Join(' ', TestLab.Natflow)} audit verify --json --config {rig.Lab.ConfigPath(node)}"));
}
