using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Natflow.Cluster.Etcd;

/// <summary>A watch that survives its streams.</summary>
internal sealed class EtcdWatcher(EtcdClient client, TimeProvider clock, TimeSpan firstLineTimeout)
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(1);

    internal async IAsyncEnumerable<EtcdWatchBatch> Watch(string prefix, long startRevision, [EnumeratorCancellation] CancellationToken cancellation)
    {
        long next = startRevision;
        TimeSpan pause = PauseMin;
        while (!cancellation.IsCancellationRequested)
        {
            int member = client.CurrentIndex;
            bool isOver = false;
            await foreach (EtcdWatchBatch batch in Stream(prefix, next, cancellation))
            {
                pause = PauseMin;
                isOver = batch.IsCompacted;
                next = Math.Max(next, batch.Events.Count == 0 ? next : batch.Events[^1].Item.ModRevision + 1);
                if (batch.Events.Count != 0 || isOver)
                    yield return batch;
            }

            if (isOver || cancellation.IsCancellationRequested)
                yield break;
            client.Turn(member);
            await Task.Delay(pause, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < PauseMax ? pause * 2 : PauseMax;
        }
    }

    // One stream, up to its end; a member that does not confirm the watch in time is none.
    private async IAsyncEnumerable<EtcdWatchBatch> Stream(string prefix, long next, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var first = new CancellationTokenSource(firstLineTimeout, clock);
        using CancellationTokenRegistration late = first.Token.Register(static state => ((CancellationTokenSource)state!).Cancel(), end);
        var create = new JsonObject
        {
            ["key"] = EtcdJson.Encode(prefix),
            ["range_end"] = EtcdJson.PrefixEnd(prefix),
            ["start_revision"] = EtcdJson.Number(next),
        };
        EtcdAnswer<HttpResponseMessage> opened = await Guard(() => client.OpenStream("/v3/watch", new JsonObject { ["create_request"] = create }, end.Token));
        if (!opened.IsOk)
            yield break;
        using HttpResponseMessage response = opened.Value;
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(CancellationToken.None));
        while (await ReadLine(reader, end.Token) is { } line)
        {
            if (Parse(line) is not { } batch)
                yield break;
            late.Unregister();
            yield return batch;
            if (batch.IsCompacted)
                yield break;
        }
    }

    private static async Task<EtcdAnswer<HttpResponseMessage>> Guard(Func<Task<EtcdAnswer<HttpResponseMessage>>> open)
    {
        try
        {
            return await open();
        }
        catch (OperationCanceledException)
        {
            return new EtcdAnswer<HttpResponseMessage>(EtcdStatus.Unavailable, null, "cancelled");
        }
    }

    private static async Task<string?> ReadLine(StreamReader reader, CancellationToken cancellation)
    {
        try
        {
            return await reader.ReadLineAsync(cancellation);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Reads a line of a watch stream; null for an error, a refusal and what is no JSON: the stream is of no more use.</summary>
    internal static EtcdWatchBatch? Parse(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            if (EtcdJson.Child(document.RootElement, "result") is not { ValueKind: JsonValueKind.Object } result)
                return null;
            bool isCompacted = EtcdJson.Long(result, "compact_revision") != 0;
            if (EtcdJson.Bool(result, "canceled") && !isCompacted)
                return null;
            EtcdEvent[] events = [.. EtcdJson.Items(result, "events").Select(static item => new EtcdEvent(
                EtcdJson.Text(item, "type") == "DELETE", EtcdJson.KeyValue(EtcdJson.Child(item, "kv") ?? default)))];
            return new EtcdWatchBatch(EtcdJson.Revision(result), events, isCompacted);
        }
        catch (Exception error) when (EtcdReply.IsNoJson(error))
        {
            return null;
        }
    }
}
