using System.Runtime.InteropServices;

namespace Natflow.Flows.Table;

/// <summary>A record's place in a <see cref="TimerWheel"/>: neighbours in its slot and the slot. Lies at the same offset in each record.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4, Size = 12)]
internal struct TimerLink
{
    internal uint Next;
    internal uint Previous;
    internal uint Slot;
}
