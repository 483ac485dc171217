namespace Natflow.Cluster.Replication;

/// <summary>How nodes know each other: each has a certificate of one authority, for server and client, that names its address.</summary>
/// <param name="CaFile">PEM file of the authority.</param>
/// <param name="CertificateFile">PEM file of this node's certificate.</param>
/// <param name="KeyFile">PEM file of its key.</param>
public sealed record ReplicationTlsSettings(string CaFile, string CertificateFile, string KeyFile);
