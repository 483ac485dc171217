using System.Runtime.CompilerServices;
using Natflow.Policy.Users;
using Natflow.Testing;

namespace Natflow.Policy.Tests.Users;

public sealed class UserTests
{
    [Fact]
    public void IdleUser_WithThreeIdentifiers_IsUnderAKilobyte()
    {
        const int Users = 50_000;
        long before = GC.GetAllocatedBytesForCurrentThread();
        var directory = new UserDirectory(Users, Users * 3);
        for (int i = 0; i < Users; i++)
        {
            int user = directory.Add(UserIdentifier.OfAddress(IpAddress.FromIpv4((uint)i), 0), 0);
            Assert.True(directory.TryAttach(user, UserIdentifier.OfMac((ulong)i)) && directory.TryAttach(user, UserIdentifier.OfLogin((ulong)i)));
        }

        long bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / Users;
        Assert.InRange(bytes, Unsafe.SizeOf<UserEntry>(), 1024);
        Assert.Equal(Users, directory.Count);
        Assert.Equal(UserDirectory.None, directory.Add(UserIdentifier.OfLogin(ulong.MaxValue), 0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Directory_AnySequence_AgreesWithADictionary(int seed)
    {
        var prng = new Prng(seed);
        var directory = new UserDirectory(40, 80);
        var model = new Dictionary<UserIdentifier, int>();
        for (int step = 0; step < 20_000; step++)
        {
            UserIdentifier identifier = Any(prng);
            int user = directory.Find(identifier);
            Assert.True(user == model.GetValueOrDefault(identifier, UserDirectory.None), $"seed {seed}, step {step}");
            int other = prng.Next(40);
            switch (prng.Next(6))
            {
                case 0 or 1 when user == UserDirectory.None:
                    Set(model, identifier, directory.Add(identifier, step));
                    break;
                case 2 when user == UserDirectory.None && directory.IsUser(other):
                    Set(model, identifier, directory.TryAttach(other, identifier) ? other : UserDirectory.None);
                    break;
                case 3 when user != UserDirectory.None && directory.IsUser(other) && directory.TryJoin(user, other):
                    foreach (UserIdentifier moved in model.Where(pair => pair.Value == other).Select(static pair => pair.Key).ToArray())
                        model[moved] = user;
                    break;
                case 4 when directory.Split(identifier, step) is var split and not UserDirectory.None:
                    model[identifier] = split;
                    break;
                case 5 when user != UserDirectory.None && prng.Next(3) == 0:
                    directory.Remove(user);
                    foreach (UserIdentifier gone in model.Where(pair => pair.Value == user).Select(static pair => pair.Key).ToArray())
                        _ = model.Remove(gone);
                    break;
                case 5:
                    Assert.Equal(model.Remove(identifier), directory.TryDetach(identifier));
                    break;
            }

            Assert.Equal(model.Values.Distinct().Count(), directory.Count);
        }

        Assert.All(model.GroupBy(static pair => pair.Value), group => Assert.Equal(group.Select(static pair => pair.Key).ToHashSet(), directory.IdentifiersOf(group.Key).ToHashSet()));
    }

    [Fact]
    public void FindByAddress_Prefix_IsTheLongestThatHoldsIt()
    {
        var directory = new UserDirectory(8, 8);
        int house = directory.Add(UserIdentifier.OfPrefix(Net("2001:db8::/56"), 1), 0);
        int flat = directory.Add(UserIdentifier.OfPrefix(Net("2001:db8:0:1::/64"), 1), 0);
        int phone = directory.Add(UserIdentifier.OfAddress(Ip("2001:db8:0:1::9"), 1), 0);
        Assert.Equal(house, directory.FindByAddress(Ip("2001:db8:0:2::1"), 1));
        Assert.Equal(flat, directory.FindByAddress(Ip("2001:db8:0:1::1"), 1));
        Assert.Equal(phone, directory.FindByAddress(Ip("2001:db8:0:1::9"), 1));
        Assert.Equal(UserDirectory.None, directory.FindByAddress(Ip("2001:db8:0:1::9"), 2));
        directory.Remove(flat);
        Assert.Equal(house, directory.FindByAddress(Ip("2001:db8:0:1::1"), 1));
    }

    [Fact]
    public void OfMac_LocallyAdministered_IsMarked()
    {
        Assert.Equal(UserIdentifierKind.LocalMac, UserIdentifier.OfMac(0x02AABBCCDDEE).Kind);
        Assert.Equal(UserIdentifierKind.Mac, UserIdentifier.OfMac(0x00AABBCCDDEE).Kind);
    }

    [Fact]
    public void TryJoin_TwoUsers_AddsTheirTraffic()
    {
        var directory = new UserDirectory(2, 4);
        int one = directory.Add(UserIdentifier.OfLogin(1), 0);
        int two = directory.Add(UserIdentifier.OfLogin(2), 0);
        directory[one].Count(new UserTraffic(1, 10, 2, 20), 5);
        directory[two].Count(new UserTraffic(3, 30, 4, 40), 9);
        Assert.True(directory.TryJoin(one, two));
        Assert.Equal(new UserTraffic(4, 40, 6, 60), directory[one].Total);
        Assert.Equal(9, directory[one].Auth.ActiveAtMs);
        Assert.False(directory.TryJoin(one, one));
    }

    [Fact]
    public void Speed_LastWholeWindow_IsShownAndAges()
    {
        var windows = new SpeedWindows();
        windows.Add(new UserTraffic(3, 3001, 5, 4000), 100_000);
        Assert.Equal(default, windows.PerSecond(101_999));
        Assert.Equal(new UserTraffic(2, 1501, 3, 2000), windows.PerSecond(102_000));
        Assert.Equal(new UserTraffic(2, 1501, 3, 2000), windows.PerSecond(103_999));
        Assert.Equal(default, windows.PerSecond(104_000));
        windows.Add(new UserTraffic(1, 2, 0, 0), 1_000_000);
        Assert.Equal(default, windows.PerSecond(1_000_000));
        Assert.Equal(1ul, windows.PerSecond(1_002_000).RxBytes);
        windows.Add(new UserTraffic(0, 8, 0, 0), 3); // A clock that went back counts as now.
        Assert.Equal(5ul, windows.PerSecond(1_002_000).RxBytes);
    }

    [Fact]
    public void Quota_Limits_AreMetOneByOne()
    {
        var quota = new UserQuota(VolumeBytesMax: 100, VolumeBaseBytes: 50, EndsAtMs: 1000, DeviceCountMax: 2);
        Assert.Equal(UserQuotaLimits.None, quota.Exceeded(new UserTraffic(0, 100, 0, 49), 2, 999));
        Assert.Equal(UserQuotaLimits.Volume, quota.Exceeded(new UserTraffic(0, 100, 0, 50), 2, 999));
        Assert.Equal(UserQuotaLimits.Time | UserQuotaLimits.Devices, quota.Exceeded(default, 3, 1000));
        Assert.Equal(UserQuotaLimits.None, default(UserQuota).Exceeded(new UserTraffic(0, ulong.MaxValue, 0, 0), int.MaxValue, long.MaxValue));
    }

    private static void Set(Dictionary<UserIdentifier, int> model, UserIdentifier identifier, int user)
    {
        if (user != UserDirectory.None)
            model[identifier] = user;
    }

    private static UserIdentifier Any(Prng prng) => prng.Next(3) switch
    {
        0 => UserIdentifier.OfAddress(IpAddress.FromIpv4((uint)prng.Next(30)), (uint)prng.Next(2)),
        1 => UserIdentifier.OfPrefix(IpNet.Of(IpAddress.FromIpv6((UInt128)(uint)prng.Next(30) << 64), 60 + prng.Next(68)), 0),
        _ => UserIdentifier.OfMac((ulong)prng.Next(30)),
    };

    private static IpNet Net(string text) => IpNet.TryParse(text, out IpNet net, out string? error) ? net : throw new ArgumentException(error, nameof(text));

    private static IpAddress Ip(string text) => IpAddress.TryParse(text, out IpAddress address) ? address : throw new ArgumentException(text, nameof(text));
}
