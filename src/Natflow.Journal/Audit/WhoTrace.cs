using System.Text.Json;

namespace Natflow.Journal.Audit;

/// <summary>What one node's journal has about a public endpoint at a time: enough to put several together.</summary>
/// <param name="Answer">What this journal alone says.</param>
/// <param name="DecidedTicks">Time of the last lease or release of the endpoint at that time or before; 0 where there is none on record.</param>
/// <param name="FreedTicks">Time of the first release of it after; 0 for none.</param>
/// <remarks>Times are .NET ticks, UTC, of the clock of the node that wrote the event: events of two nodes are ordered as well as their clocks agree.</remarks>
public sealed record WhoTrace(WhoAnswer Answer, long DecidedTicks, long FreedTicks)
{
    /// <summary>
    /// One answer out of several. A shard's events are in the journal of whoever owned it at the time: the latest decision counts, whichever node made it, and the
    /// lease ends where any node ended it.
    /// </summary>
    /// <param name="own">The asked node's.</param>
    /// <param name="others">Other nodes'.</param>
    public static WhoAnswer Merge(WhoTrace own, IReadOnlyList<WhoTrace> others)
    {
        ArgumentNullException.ThrowIfNull(own);
        WhoTrace[] all = [own, .. others];
        WhoTrace latest = all.MaxBy(static trace => trace.DecidedTicks)!;
        if (latest.DecidedTicks == 0)
            latest = Array.Find(all, static trace => trace.Answer.User is not null) ?? own;
        if (latest.Answer.Basis is not ("port-block" or "snapshot"))
            return latest.Answer;
        long freed = all.Where(static trace => trace.FreedTicks != 0).Select(static trace => trace.FreedTicks).DefaultIfEmpty().Min();
        return latest.Answer with { Until = freed == 0 ? null : AuditTime.Text(freed) };
    }

    /// <summary>As another node reads it.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, StateJson.Default.WhoTrace);

    /// <summary>Reads another node's.</summary>
    /// <param name="bytes">Whatever they are.</param>
    /// <returns>Null for what is none.</returns>
    public static WhoTrace? Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, StateJson.Default.WhoTrace) is { Answer: { Public: not null, At: not null, Basis: not null } } trace ? trace : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
