using System.Runtime.CompilerServices;

namespace Natflow.Flows.Ipv6;

/// <summary>The IPv4 addresses that stand for IPv6 subscribers inside the gateway: 240.0.0.0/4, which no packet on a wire may carry (RFC 1112 section 4).</summary>
internal static class StandInAddress
{
    /// <summary>Whether an address is one.</summary>
    /// <param name="addressBe">Network byte order.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One mask, in the hot path.
    internal static bool Is(uint addressBe) => BitConverter.IsLittleEndian ? (addressBe & 0xF0) == 0xF0 : addressBe >> 28 == 0xF;
}
