using System.Text.Json;
using Natflow.Cluster.Replication;
using Natflow.Journal;
using Natflow.Journal.Audit;
using Natflow.Journal.Events;
using Natflow.Management.Api;
using Natflow.Management.Api.Models;

namespace Natflow.Host.Live;

/// <summary>The journal's answers, for the API: each question opens a reader of its own, two at a time, so that neither forwarding nor writing waits.</summary>
internal sealed class JournalAudit(JournalLocation location, Retention retention, TimeProvider clock) : IAuditJournal, IDisposable
{
    private const int QuestionsMax = 2;

    private readonly SemaphoreSlim _questions = new(QuestionsMax);

    /// <summary>Asks the other nodes of a cluster, for a bounded time; null where the gateway is alone.</summary>
    internal Func<byte[], Task<IReadOnlyList<PeerAnswer>>>? Peers { get; set; }

    /// <inheritdoc />
    public async Task<AuditWhoModel> Who(string publicAddress, int port, DateTimeOffset at)
    {
        Task<IReadOnlyList<PeerAnswer>> asking = Peers is { } peers
            ? peers(new WhoQuestion(publicAddress, port, at.UtcTicks).ToBytes())
            : Task.FromResult<IReadOnlyList<PeerAnswer>>([]);
        WhoTrace own = await Ask(queries => queries.Trace(publicAddress, port, at.UtcTicks));
        (string Node, WhoTrace? Trace)[] others = [.. (await asking).Select(static answer => (answer.Node, answer.Payload is { } payload ? WhoTrace.Read(payload) : null))];
        WhoAnswer answer = WhoTrace.Merge(own, [.. others.Select(static other => other.Trace).OfType<WhoTrace>()]);
        return new AuditWhoModel(
            answer.Public, answer.Port, answer.At, answer.User, answer.Zone, answer.FirstPort, answer.PortCount, answer.Since, answer.Until, answer.Basis, answer.Event)
        {
            Silent = [.. others.Where(static other => other.Trace is null).Select(static other => other.Node)],
        };
    }

    /// <summary>What another node is told.</summary>
    /// <param name="question">Whatever came.</param>
    /// <returns>Null for no question, and while the journal cannot be read.</returns>
    internal async Task<byte[]?> AnswerPeer(byte[] question)
    {
        if (WhoQuestion.Read(question) is not { } who)
            return null;
        try
        {
            return (await Ask(queries => queries.Trace(who.Who, who.Port, who.Ticks))).ToBytes();
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <inheritdoc />
    public Task<AuditEventsModel> User(string address, DateTimeOffset from, DateTimeOffset to, int limit) => Ask(queries =>
    {
        AuditEventModel[] events = [.. queries.User(address, Math.Max(1, from.UtcTicks), to.UtcTicks).Take(limit + 1).Select(static pair => EventOf(pair.Entry))];
        return new AuditEventsModel([.. events.Take(limit)], events.Length > limit);
    });

    /// <inheritdoc />
    public Task<AuditStateModel> State(DateTimeOffset at, string? search, int offset, int limit) => Ask(queries =>
    {
        var state = GatewayStateModel.Of(queries.StateAt(at.UtcTicks));
        UserState[] users = [.. state.Users.Where(user => Has(user.User, search) || Has(user.Login, search))];
        PortLease[] leases = [.. state.Leases.Where(lease => Has(lease.User, search) || Has(lease.Public, search))];
        return new AuditStateModel(
            state.At,
            state.Ordering,
            users.Length,
            leases.Length,
            [.. users.Skip(offset).Take(limit).Select(static user => new AuditUserModel(
                user.User, user.Zone, user.Login, user.UpBitsPerSecond, user.DownBitsPerSecond, user.Verdict, AuditTime.Text(user.FirstSeenTicks)))],
            [.. leases.Skip(offset).Take(limit).Select(static lease => new AuditLeaseModel(
                lease.Public, lease.FirstPort, lease.FirstPort + lease.PortCount - 1, lease.User, lease.Zone, AuditTime.Text(lease.SinceTicks)))]);
    });

    /// <inheritdoc />
    public void Dispose() => _questions.Dispose();

    private static bool Has(string? text, string? search) => search is null || (text is not null && text.Contains(search, StringComparison.OrdinalIgnoreCase));

    private static AuditEventModel EventOf(JournalEntry entry) => new(
        entry.Ordering, AuditTime.Text(entry.CreatedTicks), entry.Manifest.Split(':')[0], entry.StreamId, entry.SequenceNr, entry.IsErased ? null : ContentOf(entry));

    // A payload that is no JSON is another program's: it is shown as the bytes that it is.
    private static JsonElement ContentOf(JournalEntry entry)
    {
        try
        {
            using var document = JsonDocument.Parse(entry.Payload);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            using var document = JsonDocument.Parse($"\"{Convert.ToBase64String(entry.Payload)}\"");
            return document.RootElement.Clone();
        }
    }

    private async Task<T> Ask<T>(Func<AuditQueries, T> ask)
    {
        await _questions.WaitAsync();
        try
        {
            return await Task.Run(() =>
            {
                using IJournalReader reader = location.OpenReader();
                return ask(new AuditQueries(reader, EventCatalogue.Default) { HorizonTicks = retention.AgeMax is { } age ? (clock.GetUtcNow() - age).UtcTicks : 0 });
            });
        }
        catch (StoreUnavailableException failure)
        {
            throw new IOException(failure.Message, failure);
        }
        finally
        {
            _questions.Release();
        }
    }
}
