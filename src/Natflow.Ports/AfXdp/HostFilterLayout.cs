using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Natflow.Ports.AfXdp;

/// <summary>Layouts shared with <c>host_filter.h</c>.</summary>
internal static class HostFilterLayout
{
    internal const int Address6Bytes = 16;
    internal const int CountersBytes = HostCounterSlots * sizeof(ulong);
    internal const int HostCounterSlots = 8;
    internal const int PortWords = 1024;
    internal const int PortsPerWord = 64;
    internal const uint NatPublic = 1;

    /// <summary><c>struct host_address6</c>, network order.</summary>
    [InlineArray(Address6Bytes)]
    internal struct Address6
    {
        private byte _first;
    }

    /// <summary><c>struct host_counters</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Counters
    {
        internal Slots Counts;
    }

    [InlineArray(HostCounterSlots)]
    internal struct Slots
    {
        private ulong _first;
    }
}
