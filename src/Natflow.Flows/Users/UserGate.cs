using System.Runtime.InteropServices;
using Natflow.Flows.Paths;

namespace Natflow.Flows.Users;

/// <summary>What every packet of a subscriber needs, in one word: 16 subscribers a cache line.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 2, Size = 4)]
public struct UserGate
{
    /// <summary>Generation of the subscriber's policy, and whether a meter is in force: a flow that carries another generation is stale.</summary>
    public ushort PolicyStamp;

    /// <summary>The way to the subscriber in the shard's <see cref="PathTable"/>; <see cref="PathTable.None"/> until a packet needs it.</summary>
    public ushort PathIndex;
}
