using System.Runtime.InteropServices;

using Natflow.Core;

namespace Natflow.Inspect.Observe;

/// <summary>Addresses as the original's binary records hold them: 16 bytes in network order, of which IPv4 takes the first 4.</summary>
internal static class RecordAddress
{
    private const ushort FamilyIpv4 = 2;
    private const ushort FamilyIpv6 = 10;

    internal static ushort FamilyOf(bool isIpv6) => isIpv6 ? FamilyIpv6 : FamilyIpv4;

    /// <summary>Writes 16 bytes.</summary>
    internal static void Write(Ipv6Address address, bool isIpv6, Span<byte> destination)
    {
        if (isIpv6)
        {
            address.Write(destination);
            return;
        }

        destination[..Ipv6Address.SizeBytes].Clear();
        uint addressBe = FlowEnds.Unmap(address);
        MemoryMarshal.Write(destination, in addressBe);
    }
}
