using System.Runtime.InteropServices;

namespace Natflow.Flows.Offers;

/// <summary>What a shard keeps of a flow's offload. 4 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 2, Size = 4)]
internal struct OffloadRecord
{
    internal OffloadReason Reason;

    /// <summary>Low half: <see cref="OffloadBusy"/>. High half: pass of the sweep, modulo 16, at the last failure.</summary>
    internal byte BusyAndPass;

    /// <summary>Tells offers of the same entry of the flow table apart.</summary>
    internal ushort Incarnation;
}
