using Natflow.Memory;
using Natflow.Offload.Model;

namespace Natflow.Offload.Flower;

/// <summary>What the kernel's errors mean to who binds.</summary>
internal static class FlowerErrors
{
    private const int NoSpace = 28; // ENOSPC

    /// <summary>Result for an errno, 0 for success.</summary>
    internal static PpeResult ToResult(int errno) => errno switch
    {
        0 => PpeResult.Bound,
        Errno.NotSupported => PpeResult.Unsupported, // No driver takes it: a key, an action, a way out, or hw-tc-offload is off.
        Errno.NoEntry => PpeResult.Unsupported, // A kernel without flower: "TC classifier not found".
        Errno.Exists => PpeResult.Duplicate,
        Errno.NoMemory or NoSpace => PpeResult.TableFull,
        _ => PpeResult.Refused,
    };
}
