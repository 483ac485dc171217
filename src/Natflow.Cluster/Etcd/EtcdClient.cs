using System.Text.Json;
using System.Text.Json.Nodes;

namespace Natflow.Cluster.Etcd;

/// <summary>A client of etcd 3.4 and later over its JSON gateway. Goes on to the next member when one does not answer.</summary>
/// <remarks>Any thread. What fails is a status; exceptions are for a caller's mistake and cancellation.</remarks>
public sealed class EtcdClient : IDisposable
{
    private const string NotSent = "not sent: ";

    private readonly EtcdSettings _settings;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http;
    private int _current;
    private string? _token;

    /// <summary>Makes a client; nothing is sent yet.</summary>
    /// <param name="settings">Where etcd is.</param>
    /// <param name="clock">Time of requests and leases.</param>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A certificate file cannot be used.</exception>
    /// <exception cref="IOException">A certificate file cannot be read.</exception>
    public EtcdClient(EtcdSettings settings, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfZero(settings.Endpoints.Count, nameof(settings));
        _settings = settings;
        _clock = clock;
        _http = EtcdTransport.Open(settings);
    }

    /// <summary>Reads the keys with a prefix, through consensus.</summary>
    /// <param name="prefix">The prefix; a whole key reads just those that begin with it.</param>
    /// <param name="cancellation">Gives it up.</param>
    public async Task<EtcdAnswer<EtcdRangeResult>> Range(string prefix, CancellationToken cancellation = default)
    {
        const int pageKeys = 1000;
        var items = new List<EtcdKeyValue>();
        long revision = 0;
        string key = EtcdJson.Encode(prefix);
        while (true)
        {
            var body = new JsonObject { ["key"] = key, ["range_end"] = EtcdJson.PrefixEnd(prefix), ["limit"] = EtcdJson.Number(pageKeys) };
            if (revision != 0)
                body["revision"] = EtcdJson.Number(revision);
            EtcdAnswer<EtcdRangeResult> page = await Call("/v3/kv/range", body, mayRepeat: true, answer => EtcdJson.Range(answer, EtcdJson.Revision(answer)), cancellation);
            if (!page.IsOk)
                return page;
            revision = revision == 0 ? page.Value.Revision : revision;
            items.AddRange(page.Value.Items);
            if (!page.Value.HasMore || page.Value.Items.Count == 0)
                return page with { Value = new EtcdRangeResult(revision, items, HasMore: false) };
            key = EtcdJson.Encode(items[^1].Key + '\0');
        }
    }

    /// <summary>Reads one key, through consensus; an answer with no items is that there is none.</summary>
    public Task<EtcdAnswer<EtcdRangeResult>> Get(string key, CancellationToken cancellation = default) => Call(
        "/v3/kv/range", new JsonObject { ["key"] = EtcdJson.Encode(key) }, mayRepeat: true, static answer => EtcdJson.Range(answer, EtcdJson.Revision(answer)), cancellation);

    /// <summary>Writes a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">Its value.</param>
    /// <param name="lease">The lease it ends with; 0 takes it off any.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <returns>The revision of the write.</returns>
    public Task<EtcdAnswer<long>> Put(string key, byte[] value, long lease = 0, CancellationToken cancellation = default) =>
        Call("/v3/kv/put", EtcdOperation.PutBody(key, value, lease), mayRepeat: true, EtcdJson.Revision, cancellation);

    /// <summary>Deletes a key.</summary>
    /// <returns>The revision afterwards.</returns>
    public Task<EtcdAnswer<long>> Delete(string key, CancellationToken cancellation = default) =>
        Call("/v3/kv/deleterange", new JsonObject { ["key"] = EtcdJson.Encode(key) }, mayRepeat: true, EtcdJson.Revision, cancellation);

    /// <summary>Runs a transaction. One that may have been done is not repeated.</summary>
    public Task<EtcdAnswer<EtcdTransactionResult>> Commit(EtcdTransaction transaction, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return Call("/v3/kv/txn", transaction.ToJson(), mayRepeat: false, EtcdJson.Transaction, cancellation);
    }

    /// <summary>Asks for a lease.</summary>
    /// <param name="ttlSeconds">Life, s; what is granted may be longer.</param>
    /// <param name="cancellation">Gives it up.</param>
    public Task<EtcdAnswer<EtcdLease>> Grant(int ttlSeconds, CancellationToken cancellation = default)
    {
        long sent = _clock.GetTimestamp();
        return Call("/v3/lease/grant", new JsonObject { ["TTL"] = EtcdJson.Number(ttlSeconds) }, mayRepeat: true, answer => LeaseOf(answer, sent), cancellation);
    }

    /// <summary>Keeps a lease alive.</summary>
    /// <returns>One that is not <see cref="EtcdLease.IsAlive"/> is gone for good.</returns>
    public Task<EtcdAnswer<EtcdLease>> KeepAlive(long lease, CancellationToken cancellation = default)
    {
        long sent = _clock.GetTimestamp(); // Of the first try: a later one can only have come later.
        return Call(
            "/v3/lease/keepalive",
            new JsonObject { ["ID"] = EtcdJson.Number(lease) },
            mayRepeat: true,
            answer => LeaseOf(EtcdJson.Child(answer, "result") ?? answer, sent),
            cancellation);
    }

    /// <summary>Ends a lease and all its keys.</summary>
    public Task<EtcdAnswer<long>> Revoke(long lease, CancellationToken cancellation = default) =>
        Call("/v3/lease/revoke", new JsonObject { ["ID"] = EtcdJson.Number(lease) }, mayRepeat: true, EtcdJson.Revision, cancellation);

    /// <summary>Discards history before a revision.</summary>
    public Task<EtcdAnswer<long>> Compact(long revision, CancellationToken cancellation = default) =>
        Call("/v3/kv/compaction", new JsonObject { ["revision"] = EtcdJson.Number(revision), ["physical"] = true }, mayRepeat: true, EtcdJson.Revision, cancellation);

    /// <summary>Watches the keys with a prefix; a stream that breaks is resumed at the next revision, at another member.</summary>
    /// <param name="prefix">The prefix.</param>
    /// <param name="startRevision">First revision that is wanted.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Batches; ends after one that says <see cref="EtcdWatchBatch.IsCompacted"/>, or when the caller may not watch.</returns>
    public IAsyncEnumerable<EtcdWatchBatch> Watch(string prefix, long startRevision, CancellationToken cancellation = default) =>
        new EtcdWatcher(this, _clock, _settings.RequestTimeout).Watch(prefix, startRevision, cancellation);

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    internal async Task<EtcdAnswer<HttpResponseMessage>> OpenStream(string path, JsonObject body, CancellationToken cancellation)
    {
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes<JsonNode>(body, EtcdJsonContext.Default.JsonNode);
        int index = Volatile.Read(ref _current);
        if (await Authenticate(_settings.Endpoints[index], cancellation) is { } refusal)
            return new EtcdAnswer<HttpResponseMessage>(refusal.Status, null, refusal.Error);
        using HttpRequestMessage request = EtcdTransport.Post(_settings.Endpoints[index], path, bytes, _token);
        try
        {
            HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (response.IsSuccessStatusCode)
                return new EtcdAnswer<HttpResponseMessage>(EtcdStatus.Ok, response, string.Empty);
            (EtcdStatus status, string error) = EtcdFailure.Of(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellation));
            response.Dispose();
            if (status == EtcdStatus.Unauthenticated)
                _token = null;
            return new EtcdAnswer<HttpResponseMessage>(status, null, error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return new EtcdAnswer<HttpResponseMessage>(EtcdStatus.Unavailable, null, error.Message);
        }
    }

    /// <summary>Goes on to the next member.</summary>
    internal void Turn(int from) => Interlocked.CompareExchange(ref _current, (from + 1) % _settings.Endpoints.Count, from);

    internal int CurrentIndex => Volatile.Read(ref _current);

    private static EtcdLease LeaseOf(JsonElement answer, long sent) =>
        new(EtcdJson.Long(answer, "ID"), (int)Math.Clamp(EtcdJson.Long(answer, "TTL"), 0, int.MaxValue), sent);

    // Each member is asked at most once, and once more after an expired token.
    private async Task<EtcdAnswer<T>> Call<T>(string path, JsonObject body, bool mayRepeat, Func<JsonElement, T> read, CancellationToken cancellation)
    {
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes<JsonNode>(body, EtcdJsonContext.Default.JsonNode);
        EtcdAnswer<T> last = default;
        bool hasRenewed = false;
        for (int tries = 0; tries < _settings.Endpoints.Count; tries++)
        {
            int index = Volatile.Read(ref _current);
            Uri endpoint = _settings.Endpoints[index];
            if (await Authenticate(endpoint, cancellation) is { } refusal)
                last = new EtcdAnswer<T>(refusal.Status, default, refusal.Error);
            else
                last = await Try(endpoint, path, bytes, read, cancellation);
            if (last.Status == EtcdStatus.Unauthenticated && _token is not null && !hasRenewed)
            {
                _token = null;
                hasRenewed = true;
                tries--;
                continue;
            }

            if (last.Status != EtcdStatus.Unavailable)
                return last;
            Turn(index);
            if (!mayRepeat && !last.Error.StartsWith(NotSent, StringComparison.Ordinal))
                return last;
        }

        return last;
    }

    private async Task<EtcdAnswer<T>> Try<T>(Uri endpoint, string path, byte[] body, Func<JsonElement, T> read, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(_settings.RequestTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        using HttpRequestMessage request = EtcdTransport.Post(endpoint, path, body, _token);
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request, either.Token);
            byte[] bytes = await response.Content.ReadAsByteArrayAsync(either.Token);
            return EtcdReply.Read(endpoint, response.StatusCode, bytes, read);
        }
        catch (HttpRequestException error)
        {
            bool wasSent = error.HttpRequestError is not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError);
            return new EtcdAnswer<T>(EtcdStatus.Unavailable, default, (wasSent ? string.Empty : NotSent) + error.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new EtcdAnswer<T>(EtcdStatus.Unavailable, default, $"{endpoint}: no answer within {_settings.RequestTimeout.TotalMilliseconds} ms");
        }
        catch (IOException error)
        {
            return new EtcdAnswer<T>(EtcdStatus.Unavailable, default, error.Message);
        }
    }

    private async Task<EtcdAnswer<string>?> Authenticate(Uri endpoint, CancellationToken cancellation)
    {
        if (_settings.User.Length == 0 || _token is not null)
            return null;
        byte[] body = JsonSerializer.SerializeToUtf8Bytes<JsonNode>(
            new JsonObject { ["name"] = _settings.User, ["password"] = _settings.Password }, EtcdJsonContext.Default.JsonNode);
        EtcdAnswer<string> answer = await Try(endpoint, "/v3/auth/authenticate", body, static root => EtcdJson.Text(root, "token"), cancellation);
        if (!answer.IsOk)
            return answer;
        _token = answer.Value;
        return null;
    }
}
