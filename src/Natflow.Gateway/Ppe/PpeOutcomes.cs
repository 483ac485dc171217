using Natflow.Flows.Offers;
using Natflow.Offload.Model;

namespace Natflow.Gateway.Ppe;

/// <summary>What a PPE answered, in the shards' words.</summary>
internal static class PpeOutcomes
{
    internal static OffloadReason ReasonOf(PpeResult result) => result switch
    {
        PpeResult.BucketFull => OffloadReason.BucketFull,
        PpeResult.TableFull => OffloadReason.TableFull,
        PpeResult.Duplicate => OffloadReason.Duplicate,
        PpeResult.Unsupported => OffloadReason.Unsupported,
        _ => OffloadReason.Refused,
    };
}
