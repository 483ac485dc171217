using Natflow.Policy;
using Natflow.Policy.Control;

namespace Natflow.Gateway.Users;

/// <summary>
/// Goes through the commands about users once, on a book of nobody's, so that their code is compiled before the first that counts: that one has to reach packets within
/// ten milliseconds too, and compiling takes longer.
/// </summary>
public static class UserWarmUp
{
    private const uint Address = 0xC0_00_02_01; // 192.0.2.1, which is nobody's (RFC 5737).

    /// <summary>Runs. Any thread; takes some tens of milliseconds.</summary>
    /// <param name="events">Gets what is decided.</param>
    /// <param name="clock">The workers' time.</param>
    /// <returns>Policies that would have gone to shards.</returns>
    public static int Run(IPolicyEventSink events, TimeProvider clock)
    {
        int sent = 0;
        var tables = new PolicyTables(PolicyModels.Default, [new UserPort("", 0)]);
        var outbox = new ShardOutbox(0);
        var book = new UserBook(1, tables, events, (address, zone, policy) => outbox.Add(address, zone, in policy, isUrgent: true), clock);
        var user = IpAddress.FromIpv4(Address);
        book.OnSeen(new Flows.Users.UserNotice(0, FlowJudge.MappedOf(user), 0, 0, 0, 0));
        foreach (string line in (string[])["kick 192.0.2.1", "set-status 192.0.2.1 6", "set-status 192.0.2.1 0", "set-token-ctrl 192.0.2.1 0 0"])
        {
            if (!UserCommand.Parse(line, out UserCommand command).IsTaken || !book.Do(command).Result.IsTaken || outbox.Next(nowMs: 0) is not { } batch)
                continue;
            sent += batch.Changes.Length;
            outbox.OnTaken(batch.Number);
        }

        return sent;
    }
}
