using System.Net;
using Natflow.Management.Api.Access;

namespace Natflow.Management.Api;

/// <summary><c>natflow.management.http</c>.</summary>
public sealed record ApiSettings
{
    /// <summary>Whether the API, the page and the metrics are served by TCP.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>Address to listen on.</summary>
    public required IPAddress Address { get; init; }

    /// <summary>TCP port; 0 takes a free one.</summary>
    public required int Port { get; init; }

    /// <summary>TLS on loopback too; elsewhere it is always on.</summary>
    public required bool IsTlsWanted { get; init; }

    /// <summary>What a caller on the loopback interface may do without a token.</summary>
    public required ApiRole LoopbackRole { get; init; }

    /// <summary>File of tokens; it need not exist.</summary>
    public required string TokensPath { get; init; }

    /// <summary>PEM file of the certificate chain; empty for a self-signed one.</summary>
    public required string CertificatePath { get; init; }

    /// <summary>PEM file of the key; empty where the certificate's file holds it.</summary>
    public required string KeyPath { get; init; }

    /// <summary>Most requests a second of one address.</summary>
    public required int RequestsPerSecond { get; init; }

    /// <summary>Directory of the self-signed certificate.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>Whether only programs of this machine reach it.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(Address);

    /// <summary>Whether TLS is used: always, where others may listen in.</summary>
    public bool IsTls => IsTlsWanted || !IsLoopback;
}
