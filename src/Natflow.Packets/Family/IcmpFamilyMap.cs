using Natflow.Packets.Ip;

namespace Natflow.Packets.Family;

/// <summary>ICMP types and codes of one IP version in the other: the tables of RFC 7915 sections 4.2 and 5.2.</summary>
public static class IcmpFamilyMap
{
    private const byte NoPointer = 0xFF;

    private const byte CodeProtocolUnreachable = 2;
    private const byte CodeFragmentationNeeded = 4;

    // By field of the IPv4 header; the pointers of fields without a counterpart make the error untranslatable (figure 3).
    private static ReadOnlySpan<byte> PointersToIpv6 =>
    [
        0, 1, 4, 4, NoPointer, NoPointer, NoPointer, NoPointer, 7, 6, NoPointer, NoPointer, 8, 8, 8, 8, 24, 24, 24, 24,
    ];

    /// <summary>An ICMP message as ICMPv6.</summary>
    /// <param name="type">ICMP type.</param>
    /// <param name="code">ICMP code.</param>
    /// <param name="fieldOffset">Of a parameter problem, as found at byte 4.</param>
    /// <param name="mapped">The counterpart. For a packet too big, the caller computes the MTU.</param>
    /// <returns>False where there is none: the message is dropped silently.</returns>
    public static bool TryToIcmpv6(byte type, byte code, byte fieldOffset, out IcmpFamilyMessage mapped)
    {
        mapped = default;
        switch (type)
        {
            case IcmpType.EchoRequest:
                mapped = new IcmpFamilyMessage(Icmpv6Type.EchoRequest, 0, 0);
                return true;
            case IcmpType.EchoReply:
                mapped = new IcmpFamilyMessage(Icmpv6Type.EchoReply, 0, 0);
                return true;
            case IcmpType.DestinationUnreachable:
                return TryUnreachableToIcmpv6(code, out mapped);
            case IcmpType.TimeExceeded when code <= 1:
                mapped = new IcmpFamilyMessage(Icmpv6Type.TimeExceeded, code, 0);
                return true;
            case IcmpType.ParameterProblem when code is 0 or 2 && fieldOffset < PointersToIpv6.Length && PointersToIpv6[fieldOffset] != NoPointer:
                mapped = new IcmpFamilyMessage(Icmpv6Type.ParameterProblem, 0, PointersToIpv6[fieldOffset]);
                return true;
            default:
                return false;
        }
    }

    /// <summary>An ICMPv6 message as ICMP.</summary>
    /// <param name="type">ICMPv6 type.</param>
    /// <param name="code">ICMPv6 code.</param>
    /// <param name="fieldOffset">Of a parameter problem, the word behind the checksum, host order.</param>
    /// <param name="mapped">The counterpart. For fragmentation needed, the caller computes the MTU.</param>
    /// <returns>False where there is none: the message is dropped silently.</returns>
    public static bool TryToIcmp(byte type, byte code, uint fieldOffset, out IcmpFamilyMessage mapped)
    {
        mapped = default;
        switch (type)
        {
            case Icmpv6Type.EchoRequest:
                mapped = new IcmpFamilyMessage(IcmpType.EchoRequest, 0, 0);
                return true;
            case Icmpv6Type.EchoReply:
                mapped = new IcmpFamilyMessage(IcmpType.EchoReply, 0, 0);
                return true;
            case Icmpv6Type.DestinationUnreachable when code <= Icmpv6Type.CodePortUnreachable:
                ReadOnlySpan<byte> codes = [1, 10, 1, 1, 3];
                mapped = new IcmpFamilyMessage(IcmpType.DestinationUnreachable, codes[code], 0);
                return true;
            case Icmpv6Type.PacketTooBig:
                mapped = new IcmpFamilyMessage(IcmpType.DestinationUnreachable, CodeFragmentationNeeded, 0);
                return true;
            case Icmpv6Type.TimeExceeded when code <= 1:
                mapped = new IcmpFamilyMessage(IcmpType.TimeExceeded, code, 0);
                return true;
            case Icmpv6Type.ParameterProblem when code == 0:
                return TryPointerToIcmp(fieldOffset, out mapped);
            case Icmpv6Type.ParameterProblem when code == 1:
                mapped = new IcmpFamilyMessage(IcmpType.DestinationUnreachable, CodeProtocolUnreachable, 0);
                return true;
            default:
                return false;
        }
    }

    private static bool TryUnreachableToIcmpv6(byte code, out IcmpFamilyMessage mapped)
    {
        mapped = code switch
        {
            0 or 1 or 5 or 6 or 7 or 8 or 11 or 12 => new IcmpFamilyMessage(Icmpv6Type.DestinationUnreachable, Icmpv6Type.CodeNoRoute, 0),
            2 => new IcmpFamilyMessage(Icmpv6Type.ParameterProblem, 1, 6),
            3 => new IcmpFamilyMessage(Icmpv6Type.DestinationUnreachable, Icmpv6Type.CodePortUnreachable, 0),
            4 => new IcmpFamilyMessage(Icmpv6Type.PacketTooBig, 0, 0),
            9 or 10 or 13 or 15 => new IcmpFamilyMessage(Icmpv6Type.DestinationUnreachable, Icmpv6Type.CodeProhibited, 0),
            _ => default,
        };
        return mapped.Type != 0;
    }

    // Figure 6: traffic class and flow label share bytes with the version; neither label nor the rest has a counterpart.
    private static bool TryPointerToIcmp(uint fieldOffset, out IcmpFamilyMessage mapped)
    {
        int field = fieldOffset switch
        {
            0 => 0,
            1 => 1,
            4 or 5 => 2,
            6 => 9,
            7 => 8,
            >= 8 and <= 23 => 12,
            >= 24 and <= 39 => 16,
            _ => -1,
        };
        mapped = field < 0 ? default : new IcmpFamilyMessage(IcmpType.ParameterProblem, 0, (byte)field);
        return field >= 0;
    }
}
