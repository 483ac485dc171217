namespace Natflow.Cluster.Tests.Etcd;

/// <summary>A fact that needs a real etcd; skipped, with the reason, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EtcdFactAttribute : FactAttribute
{
    /// <summary>Skips where etcd is not installed.</summary>
    public EtcdFactAttribute() => Skip = File.Exists(TestEtcd.Program) ? null : "needs etcd (Debian's etcd-server)";
}
