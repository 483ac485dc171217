using System.Diagnostics.CodeAnalysis;

namespace Natflow.Cluster.Etcd;

/// <summary>What a call to etcd brought.</summary>
/// <typeparam name="T">What it brings when it was done.</typeparam>
/// <param name="Status">How it ended.</param>
/// <param name="Value">What it brought; only on <see cref="EtcdStatus.Ok"/>.</param>
/// <param name="Error">etcd's words; empty on <see cref="EtcdStatus.Ok"/>.</param>
public readonly record struct EtcdAnswer<T>(EtcdStatus Status, T? Value, string Error)
{
    /// <summary>Whether it was done.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    public bool IsOk => Status == EtcdStatus.Ok;
}
