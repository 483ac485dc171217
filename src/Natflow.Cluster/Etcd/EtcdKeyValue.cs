using System.Text;

namespace Natflow.Cluster.Etcd;

/// <summary>A key as etcd has it.</summary>
/// <param name="Key">The key, UTF-8 in etcd.</param>
/// <param name="Value">The value.</param>
/// <param name="CreateRevision">Revision at which it was last created.</param>
/// <param name="ModRevision">Revision of its last write: the fencing token of an owner key.</param>
/// <param name="Lease">The lease that it ends with; 0 for none.</param>
public sealed record EtcdKeyValue(string Key, byte[] Value, long CreateRevision, long ModRevision, long Lease)
{
    /// <summary>The value as text.</summary>
    public string Text => Encoding.UTF8.GetString(Value);
}
