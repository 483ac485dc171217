using System.Net;
using System.Net.Sockets;

namespace Natflow.Cluster.Replication;

/// <summary>
/// Goes through a hand-over once, over loopback, of a shard in which nothing is: so that the code of both sides is compiled, and its first exceptions are thrown,
/// before the first hand-over that counts. Each millisecond of that is a gap for a shard's users.
/// </summary>
internal static class ReplicationRehearsal
{
    private const string Role = "rehearsal";
    private const long Token = 1;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(5);

    /// <summary>Runs. A machine on which it is not possible goes without.</summary>
    /// <param name="settings">The node's.</param>
    /// <param name="clock">Time.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <returns>Whether it went through to the end.</returns>
    internal static async Task<bool> Run(ClusterAgentSettings settings, TimeProvider clock, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(Longest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            return await HandOver(settings with { ShardCount = 1, Node = Role }, clock, either.Token);
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            return false; // No loopback, or the end: the first hand-over takes a little longer.
        }
    }

    private static async Task<bool> HandOver(ClusterAgentSettings settings, TimeProvider clock, CancellationToken cancellation)
    {
        var host = new EmptyShardHost();
        using var seat = new ShardSeat(0, settings, host, clock);
        await seat.BecomeOwner(Token);
        await using var pump = new FeedPump([seat], clock);
        await using var server = new ReplicationServer(
            new IPEndPoint(IPAddress.Loopback, 0), (_, token) => seat.OpenLog(token), _ => seat.RestartFeed(), new PeerQuestions(Plain(clock), clock), Plain(clock), clock);
        bool isWhole;
        await using (var follower = new ReplicationFollower(host, new FencingGate(1), Role, 0, Token, server.Endpoint.ToString(), Plain(clock), clock))
        {
            using var timer = new PeriodicTimer(Poll, clock);
            while (!follower.IsWhole)
                _ = await timer.WaitForNextTickAsync(cancellation);
            await host.Record(0, Poll);
            isWhole = await seat.Prepare(server, Role, settings.HandOverTimeout, cancellation) && await seat.Flush(server, Role, settings.HandOverTimeout, cancellation);
        }

        await seat.Leave();
        return isWhole;
    }

    private static ReplicationSecurity Plain(TimeProvider clock) => new(settings: null, clock);
}
