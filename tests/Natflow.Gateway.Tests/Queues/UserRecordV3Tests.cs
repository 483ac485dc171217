using Natflow.Flows.Users;
using Natflow.Gateway.Queues;
using Natflow.Gateway.Users;
using Natflow.Policy;
using Natflow.Policy.Auth;
using Natflow.Policy.Users;

namespace Natflow.Gateway.Tests.Queues;

public sealed class UserRecordV3Tests
{
    [Fact]
    public void Of_Ipv4_IsTheOriginalsRecord()
    {
        byte[] record = UserRecordV3.Of(User("lan0", idleMs: 65_999), IpAddress.FromIpv4(0x0A010203));
        const string Expected = "0300" + "6600" + "6600" + "0200" + "41000000" // Version, two lengths, family, 65 s.
            + "0a010203000000000000000000000000" + "0200deadbeef" + "02" + "03" + "ff00" // Address, MAC, web, required, no rule.
            + "0100000000000000" + "0200000000000000" + "0300000000000000" + "0400000000000000"
            + "05000000" + "06000000" + "07000000" + "ffffffff" // The last is more than the field holds.
            + "6c616e30000000000000000000000000";
        Assert.Equal(Expected, Convert.ToHexStringLower(record));
    }

    [Fact]
    public void Of_Ipv6AndALongName_KeepsTheEndOfTheName()
    {
        Assert.True(IpAddress.TryParse("2001:db8::17", out IpAddress address));
        byte[] record = UserRecordV3.Of(User("a-name-of-17-byte", idleMs: -5), address);
        Assert.Equal(UserRecordV3.RecordBytes, record.Length);
        Assert.Equal(10, record[6]);
        Assert.Equal("20010db8000000000000000000000017", Convert.ToHexStringLower(record.AsSpan(12, 16)));
        Assert.Equal(0u, BitConverter.ToUInt32(record, 8));
        Assert.Equal("a-name-of-17-by\0", System.Text.Encoding.ASCII.GetString(record, 86, 16));
    }

    private static UserView User(string interfaceName, long idleMs) => new(
        7, [], 0, 0x0200DEADBEEF, "", interfaceName, AuthState.NewAt(0) with { Status = AuthStatus.Required, Type = AuthType.Web, RuleId = 255 }, idleMs,
        new UserTraffic(1, 2, 3, 4), new UserTraffic(5, 6, 7, ulong.MaxValue), 0, 0, PolicyLimits.None);
}
