using System.Net.Sockets;
using System.Text.Json;
using Natflow.Host.Live;
using Natflow.Management.Control;

namespace Natflow.Host.Lab.Bench;

/// <summary>Asks a lab's gateway.</summary>
internal static class LabControl
{
    /// <summary>What its PPE did.</summary>
    /// <exception cref="LabException">It does not answer.</exception>
    internal static async Task<OffloadModel> Offload(string runDirectory, CancellationToken cancellation)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, connecting) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(GatewayRun.ControlPath(runDirectory)), connecting);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        try
        {
            await using Stream answer = await http.GetStreamAsync(new Uri("http://natflow/v1/offload"), cancellation);
            return await JsonSerializer.DeserializeAsync(answer, ControlJson.Default.OffloadModel, cancellation)
                ?? throw new LabException("the gateway answered nothing about its PPE");
        }
        catch (HttpRequestException error)
        {
            throw new LabException($"the gateway does not answer: {error.Message}");
        }
    }
}
