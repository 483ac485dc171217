using System.Net.Sockets;
using System.Text.Json;
using Natflow.Host.Live;
using Natflow.Management.Api;
using Natflow.Management.Api.Models;

namespace Natflow.Host.Lab.Cluster;

/// <summary>Asks the gateways of a lab of several by their control sockets: these need no network that a fault could cut.</summary>
public sealed class ClusterLabControl : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(2);

    private readonly HttpClient _http;

    /// <summary>For one gateway.</summary>
    /// <param name="runDirectory">Its run directory.</param>
    public ClusterLabControl(string runDirectory) => _http = new HttpClient(new SocketsHttpHandler
    {
        ConnectCallback = async (_, connecting) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(GatewayRun.ControlPath(runDirectory)), connecting);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    })
    {
        BaseAddress = new Uri("http://natflow"),
        Timeout = Timeout,
    };

    /// <summary>The cluster as the gateway sees it; null while it does not answer.</summary>
    public async Task<ClusterMapModel?> Map(CancellationToken cancellation) => await Get("/api/v1/cluster", cancellation) is { } text
        ? JsonSerializer.Deserialize(text, ApiJson.Default.ClusterMapModel)
        : null;

    /// <summary>What a resource says; null while the gateway does not answer, or refuses.</summary>
    public async Task<string?> Get(string resource, CancellationToken cancellation)
    {
        try
        {
            return await _http.GetStringAsync(new Uri(resource, UriKind.Relative), cancellation);
        }
        catch (Exception error) when (error is HttpRequestException or IOException || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>Has the gateway do something.</summary>
    /// <returns>Whether it was told.</returns>
    public async Task<bool> Post(string resource, CancellationToken cancellation)
    {
        try
        {
            using HttpResponseMessage answer = await _http.PostAsync(new Uri(resource, UriKind.Relative), content: null, cancellation);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception error) when (error is HttpRequestException or IOException || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();
}
