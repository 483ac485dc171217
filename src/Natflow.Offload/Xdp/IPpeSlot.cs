using Natflow.Offload.Model;

namespace Natflow.Offload.Xdp;

/// <summary>An entry of one address family as the program reads it.</summary>
/// <typeparam name="TSelf">The entry.</typeparam>
internal interface IPpeSlot<TSelf>
    where TSelf : unmanaged, IPpeSlot<TSelf>
{
    /// <summary>What both families share.</summary>
    static abstract ref PpeLayout.Action Action(ref TSelf slot);

    /// <summary>What the program counted.</summary>
    static abstract ref PpeLayout.Counts Counts(ref TSelf slot);

    /// <summary>The program's hash of an entry's key.</summary>
    static abstract ulong Hash(ref readonly PpeLayout.HashKey key, ref readonly FoeEntry entry);

    /// <summary>Whether the keys are equal.</summary>
    static abstract bool HasKey(ref readonly TSelf slot, ref readonly FoeEntry entry);

    /// <summary>Writes key and rewrite; not what both families share.</summary>
    static abstract void Encode(ref TSelf slot, ref readonly FoeEntry entry);

    /// <summary>Reads key and rewrite.</summary>
    static abstract void Decode(ref readonly TSelf slot, ref FoeEntry entry);
}
