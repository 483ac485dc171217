using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Natflow.Cluster.Replication;

/// <summary>TLS between nodes, both ends with certificates; without settings connections are as they come.</summary>
/// <remarks>Any thread.</remarks>
internal sealed class ReplicationSecurity : IDisposable
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(2);

    private readonly X509Certificate2? _certificate;
    private readonly SslStreamCertificateContext? _context;
    private readonly X509Certificate2Collection _authorities = [];
    private readonly TimeProvider _clock;

    /// <summary>Reads the files.</summary>
    /// <param name="settings">Null for no TLS.</param>
    /// <param name="clock">Time.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="CryptographicException">It is none of what it should be.</exception>
    internal ReplicationSecurity(ReplicationTlsSettings? settings, TimeProvider clock)
    {
        _clock = clock;
        if (settings is null)
            return;
        _authorities.ImportFromPemFile(settings.CaFile);
        _certificate = X509Certificate2.CreateFromPemFile(settings.CertificateFile, settings.KeyFile);
        _context = SslStreamCertificateContext.Create(_certificate, additionalCertificates: null, offline: true);
    }

    /// <summary>The server's end of a connection.</summary>
    /// <exception cref="IOException">The other end is none of the cluster.</exception>
    internal Task<Stream> AsServer(Stream stream, CancellationToken cancellation) => Secure(stream, (secured, end) => secured.AuthenticateAsServerAsync(
        new SslServerAuthenticationOptions
        {
            ServerCertificateContext = _context,
            ClientCertificateRequired = true,
            EnabledSslProtocols = SslProtocols.Tls13,
            CertificateChainPolicy = Policy(),
        },
        end), cancellation);

    /// <summary>The client's end.</summary>
    /// <param name="stream">Connected.</param>
    /// <param name="host">The address that the server's certificate must name.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <exception cref="IOException">The other end is none of the cluster, or not that node.</exception>
    internal Task<Stream> AsClient(Stream stream, string host, CancellationToken cancellation) => Secure(stream, (secured, end) => secured.AuthenticateAsClientAsync(
        new SslClientAuthenticationOptions
        {
            TargetHost = host,
            ClientCertificateContext = _context,
            EnabledSslProtocols = SslProtocols.Tls13,
            CertificateChainPolicy = Policy(),
        },
        end), cancellation);

    /// <inheritdoc />
    public void Dispose() => _certificate?.Dispose();

    private X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(_authorities);
        return policy;
    }

    private async Task<Stream> Secure(Stream stream, Func<SslStream, CancellationToken, Task> shakeHands, CancellationToken cancellation)
    {
        if (_context is null)
            return stream;
        var secured = new SslStream(stream, leaveInnerStreamOpen: false);
        using var timeout = new CancellationTokenSource(HandshakeTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            await shakeHands(secured, either.Token);
            return secured;
        }
        catch (Exception error) when (error is AuthenticationException or OperationCanceledException)
        {
            await secured.DisposeAsync();
            throw new IOException(error.Message, error);
        }
    }
}
