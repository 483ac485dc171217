namespace Natflow.Host.Settings;

/// <summary><c>natflow.cluster.etcd</c>.</summary>
/// <param name="Endpoints">Client URLs of the members.</param>
/// <param name="User">User, or empty.</param>
/// <param name="Password">Its password.</param>
/// <param name="CaFile">Authority, or empty.</param>
/// <param name="CertificateFile">Client certificate, or empty.</param>
/// <param name="KeyFile">Its key.</param>
/// <param name="Timeout">Longest wait for a member.</param>
public sealed record ClusterEtcdSettings(IReadOnlyList<Uri> Endpoints, string User, string Password, string CaFile, string CertificateFile, string KeyFile, TimeSpan Timeout);
