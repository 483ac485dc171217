using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Natflow.Cluster.Etcd;

/// <summary>The HTTP connections to etcd: HTTP/1.1, TLS with the operator's authority, TCP keep-alive, for an idle watch carries no bytes.</summary>
internal static class EtcdTransport
{
    private const int KeepAliveSeconds = 2;
    private const int KeepAliveProbes = 3;
    private const int ConnectionsMax = 16;

    internal static HttpClient Open(EtcdSettings settings)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = settings.RequestTimeout,
            MaxConnectionsPerServer = ConnectionsMax,
            UseProxy = false,
            AllowAutoRedirect = false,
            ConnectCallback = Connect,
            SslOptions = Tls(settings),
        };
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, DefaultRequestVersion = HttpVersion.Version11 };
    }

    internal static HttpRequestMessage Post(Uri endpoint, string path, byte[] body, string? token)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(endpoint, path)) { Content = content };
        request.Headers.TryAddWithoutValidation("Grpc-Metadata-hasleader", "true"); // A member without leader says so at once.
        if (token is not null)
            request.Headers.TryAddWithoutValidation("Authorization", token); // No scheme word: etcd takes it literally.
        return request;
    }

    private static async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveProbes);
            await socket.ConnectAsync(context.DnsEndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static SslClientAuthenticationOptions Tls(EtcdSettings settings)
    {
        var options = new SslClientAuthenticationOptions();
        if (settings.CertificateFile.Length != 0)
            options.ClientCertificates = [X509Certificate2.CreateFromPemFile(settings.CertificateFile, settings.KeyFile)];
        if (settings.TrustedCaFile.Length != 0)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.ImportFromPemFile(settings.TrustedCaFile);
            options.CertificateChainPolicy = policy;
        }

        return options;
    }
}
