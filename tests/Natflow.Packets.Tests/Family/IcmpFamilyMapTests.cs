using Natflow.Packets.Family;

namespace Natflow.Packets.Tests.Family;

public sealed class IcmpFamilyMapTests
{
    // RFC 7915 section 4.2, written down apart from the product: type, code, pointer; type, code, pointer.
    private static readonly Dictionary<(int Type, int Code), (int Type, int Code, int Field)> ToIcmpv6 = new()
    {
        [(8, -1)] = (128, 0, 0),
        [(0, -1)] = (129, 0, 0),
        [(3, 0)] = (1, 0, 0),
        [(3, 1)] = (1, 0, 0),
        [(3, 2)] = (4, 1, 6),
        [(3, 3)] = (1, 4, 0),
        [(3, 4)] = (2, 0, 0),
        [(3, 5)] = (1, 0, 0),
        [(3, 6)] = (1, 0, 0),
        [(3, 7)] = (1, 0, 0),
        [(3, 8)] = (1, 0, 0),
        [(3, 9)] = (1, 1, 0),
        [(3, 10)] = (1, 1, 0),
        [(3, 11)] = (1, 0, 0),
        [(3, 12)] = (1, 0, 0),
        [(3, 13)] = (1, 1, 0),
        [(3, 15)] = (1, 1, 0),
        [(11, 0)] = (3, 0, 0),
        [(11, 1)] = (3, 1, 0),
        [(12, 0)] = (4, 0, 0),
        [(12, 2)] = (4, 0, 0),
    };

    private static readonly Dictionary<(int Type, int Code), (int Type, int Code)> ToIcmp = new()
    {
        [(128, -1)] = (8, 0),
        [(129, -1)] = (0, 0),
        [(1, 0)] = (3, 1),
        [(1, 1)] = (3, 10),
        [(1, 2)] = (3, 1),
        [(1, 3)] = (3, 1),
        [(1, 4)] = (3, 3),
        [(2, -1)] = (3, 4),
        [(3, 0)] = (11, 0),
        [(3, 1)] = (11, 1),
        [(4, 0)] = (12, 0),
        [(4, 1)] = (3, 2),
    };

    [Fact]
    public void N64_04_EveryIcmpTypeAndCode_AgreesWithTheTable()
    {
        for (int type = 0; type < 256; type++)
        {
            for (int code = 0; code < 256; code++)
            {
                bool expected = ToIcmpv6.TryGetValue((type, code), out (int Type, int Code, int Field) to) || ToIcmpv6.TryGetValue((type, -1), out to);
                bool actual = IcmpFamilyMap.TryToIcmpv6((byte)type, (byte)code, 0, out IcmpFamilyMessage mapped);
                Assert.True(expected == actual && (!actual || (mapped.Type, mapped.Code, mapped.FieldOffset) == to), $"type {type}, code {code}");
            }
        }
    }

    [Fact]
    public void N64_04_EveryIcmpv6TypeAndCode_AgreesWithTheTable()
    {
        for (int type = 0; type < 256; type++)
        {
            for (int code = 0; code < 256; code++)
            {
                bool expected = ToIcmp.TryGetValue((type, code), out (int Type, int Code) to) || ToIcmp.TryGetValue((type, -1), out to);
                bool actual = IcmpFamilyMap.TryToIcmp((byte)type, (byte)code, 0, out IcmpFamilyMessage mapped);
                Assert.True(expected == actual && (!actual || (mapped.Type, mapped.Code) == to), $"type {type}, code {code}");
            }
        }
    }

    [Fact]
    public void N64_04_Pointers_AgreeWithFigures3And6()
    {
        int[] toIpv6 = [0, 1, 4, 4, -1, -1, -1, -1, 7, 6, -1, -1, 8, 8, 8, 8, 24, 24, 24, 24, -1];
        for (int field = 0; field < toIpv6.Length; field++)
        {
            bool isMapped = IcmpFamilyMap.TryToIcmpv6(12, 0, (byte)field, out IcmpFamilyMessage mapped);
            Assert.Equal(toIpv6[field], isMapped ? mapped.FieldOffset : -1);
        }

        for (uint field = 0; field < 50; field++)
        {
            int expected = field switch { 0 => 0, 1 => 1, 2 or 3 => -1, 4 or 5 => 2, 6 => 9, 7 => 8, <= 23 => 12, <= 39 => 16, _ => -1 };
            bool isMapped = IcmpFamilyMap.TryToIcmp(4, 0, field, out IcmpFamilyMessage mapped);
            Assert.Equal(expected, isMapped ? mapped.FieldOffset : -1);
        }
    }
}
