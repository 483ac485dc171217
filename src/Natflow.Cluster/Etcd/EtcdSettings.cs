namespace Natflow.Cluster.Etcd;

/// <summary>How etcd is reached.</summary>
public sealed record EtcdSettings
{
    /// <summary>Client URLs of its members, http or https; at least one.</summary>
    public required IReadOnlyList<Uri> Endpoints { get; init; }

    /// <summary>User; empty where etcd asks for none.</summary>
    public string User { get; init; } = string.Empty;

    /// <summary>Its password.</summary>
    public string Password { get; init; } = string.Empty;

    /// <summary>PEM file of the authority that members' certificates are checked against; empty trusts the system's.</summary>
    public string TrustedCaFile { get; init; } = string.Empty;

    /// <summary>PEM file of the client's certificate; empty for none.</summary>
    public string CertificateFile { get; init; } = string.Empty;

    /// <summary>PEM file of its key.</summary>
    public string KeyFile { get; init; } = string.Empty;

    /// <summary>Longest wait for one member's answer: a request in flight while etcd changes its leader may hang for seven seconds.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(1);
}
