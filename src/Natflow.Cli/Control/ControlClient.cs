using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Natflow.Host.Live;
using Natflow.Management.Control;

namespace Natflow.Cli.Control;

/// <summary>Asks a running gateway by its control socket.</summary>
internal sealed class ControlClient : IDisposable
{
    private readonly HttpClient _http;

    /// <summary>For the gateway of a run directory.</summary>
    internal ControlClient(string runDirectory)
    {
        Path = GatewayRun.ControlPath(runDirectory);
        _http = new HttpClient(new SocketsHttpHandler { ConnectCallback = Connect, UseProxy = false })
        {
            BaseAddress = new Uri("http://natflow"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Path of the socket.</summary>
    internal string Path { get; }

    /// <summary>Gets an answer.</summary>
    /// <param name="resource">Path and query.</param>
    /// <param name="type">Its JSON type.</param>
    /// <exception cref="ControlException">No gateway, no permission, or it refused.</exception>
    internal Task<T> Get<T>(string resource, JsonTypeInfo<T> type) => Send(HttpMethod.Get, resource, type);

    /// <summary>Tells the gateway to do something.</summary>
    /// <inheritdoc cref="Get{T}" />
    internal Task<T> Post<T>(string resource, JsonTypeInfo<T> type) => Send(HttpMethod.Post, resource, type);

    /// <summary>Changes something.</summary>
    /// <param name="resource">Path and query.</param>
    /// <param name="change">What is to change.</param>
    /// <param name="changeType">Its JSON type.</param>
    /// <param name="type">JSON type of the answer.</param>
    /// <exception cref="ControlException">No gateway, no permission, or it refused.</exception>
    internal Task<T> Patch<TChange, T>(string resource, TChange change, JsonTypeInfo<TChange> changeType, JsonTypeInfo<T> type) =>
        Send(HttpMethod.Patch, resource, type, JsonContent.Create(change, changeType));

    /// <summary>Tells the gateway a text.</summary>
    /// <param name="resource">Path and query.</param>
    /// <param name="text">The text.</param>
    /// <param name="type">JSON type of the answer.</param>
    /// <exception cref="ControlException">No gateway, no permission, or it refused.</exception>
    internal Task<T> Post<T>(string resource, string text, JsonTypeInfo<T> type) => Send(HttpMethod.Post, resource, type, new StringContent(text));

    /// <summary>Puts a text in a place.</summary>
    /// <param name="resource">Path and query.</param>
    /// <param name="text">The text.</param>
    /// <param name="type">JSON type of the answer.</param>
    /// <exception cref="ControlException">No gateway, no permission, or it refused.</exception>
    internal Task<T> Put<T>(string resource, string text, JsonTypeInfo<T> type) => Send(HttpMethod.Put, resource, type, new StringContent(text));

    /// <summary>Takes something away.</summary>
    /// <inheritdoc cref="Get{T}" />
    internal Task<T> Delete<T>(string resource, JsonTypeInfo<T> type) => Send(HttpMethod.Delete, resource, type);

    /// <summary>The lines of an endless answer.</summary>
    /// <param name="resource">Path and query.</param>
    /// <param name="end">Ends it.</param>
    /// <exception cref="ControlException">No gateway, no permission, or it refused.</exception>
    internal async IAsyncEnumerable<string> Lines(string resource, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken end)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, resource);
        using HttpResponseMessage response = await Try(() => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, end));
        await ThrowIfRefused(response);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(end));
        while (await reader.ReadLineAsync(end) is { } line)
            yield return line;
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    private static async Task ThrowIfRefused(HttpResponseMessage response)
    {
        if (response.IsSuccessStatusCode)
            return;
        string body = await response.Content.ReadAsStringAsync();
        bool isProblem = response.Content.Headers.ContentType?.MediaType == "application/problem+json";
        ControlProblem? problem = isProblem ? JsonSerializer.Deserialize(body, ControlJson.Default.ControlProblem) : null;
        throw new ControlException(problem?.Detail ?? $"the gateway answered {(int)response.StatusCode}", isUsage: response.StatusCode == HttpStatusCode.BadRequest);
    }

    private async Task<T> Send<T>(HttpMethod method, string resource, JsonTypeInfo<T> type, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, resource) { Content = content };
        using HttpResponseMessage response = await Try(() => _http.SendAsync(request));
        await ThrowIfRefused(response);
        await using Stream body = await response.Content.ReadAsStreamAsync();
        return await JsonSerializer.DeserializeAsync(body, type) ?? throw new ControlException("the gateway gave an empty answer", isUsage: false);
    }

    private async Task<HttpResponseMessage> Try(Func<Task<HttpResponseMessage>> send)
    {
        try
        {
            return await send();
        }
        catch (HttpRequestException error) when (error.InnerException is SocketException refused)
        {
            throw new ControlException(
                refused.SocketErrorCode == SocketError.AccessDenied
                    ? $"{Path}: permission denied; run as root, or as a member of the socket's group"
                    : $"{Path}: no gateway answers there; start one with 'natflow run --config FILE', or name its run directory with --run-dir",
                isUsage: false);
        }
    }

    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
