using System.Text.Json.Nodes;

namespace Natflow.Cluster.Etcd;

/// <summary>Conditions and what is done when all hold, or when one does not; atomic, one revision.</summary>
public sealed record EtcdTransaction
{
    /// <summary>Most steps of either branch, as etcd ships.</summary>
    public const int OperationsMax = 128;

    /// <summary>What must hold.</summary>
    public required IReadOnlyList<EtcdCompare> Compare { get; init; }

    /// <summary>What is done when it holds.</summary>
    public IReadOnlyList<EtcdOperation> Then { get; init; } = [];

    /// <summary>What is done when it does not.</summary>
    public IReadOnlyList<EtcdOperation> Else { get; init; } = [];

    // Without an operation in a branch etcd answers from local data, even on a member that lost its leader: a read of the first key makes it go through consensus.
    internal JsonObject ToJson()
    {
        EtcdOperation[] anchor = Compare.Count == 0 ? [] : [EtcdOperation.Get(Compare[0].Key)];
        return new JsonObject
        {
            ["compare"] = EtcdJson.List(Compare.Select(static compare => compare.Json)),
            ["success"] = EtcdJson.List((Then.Count == 0 ? anchor : Then).Select(static operation => operation.Json)),
            ["failure"] = EtcdJson.List((Else.Count == 0 ? anchor : Else).Select(static operation => operation.Json)),
        };
    }
}
